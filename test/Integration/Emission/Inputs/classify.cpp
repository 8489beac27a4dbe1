// classify WEIGHTS THREADS: scores for images, raw floats from standard input
// to standard output, by several threads that share one copy of the weights.
#include "classifier.h"
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <thread>
#include <vector>

struct Destroy {
  void operator()(classifier_context *context) const {
    classifier_destroy(context);
  }
};
using Context = std::unique_ptr<classifier_context, Destroy>;

static Context create() {
  classifier_context *context;
  if (classifier_create(nullptr, 0, &context) != CLASSIFIER_OK)
    std::exit(1);
  return Context(context);
}

static void read(std::vector<float> &values) {
  float value;
  while (std::fread(&value, sizeof value, 1, stdin) == 1)
    values.push_back(value);
}

int main(int argc, char **argv) {
  if (argc != 3)
    return 2;
  Context owner = create();
  if (classifier_load(owner.get(), argv[1]) != CLASSIFIER_OK) {
    std::fprintf(stderr, "%s\n", classifier_message(owner.get()));
    return 1;
  }
  std::vector<float> images;
  read(images);
  size_t rows = images.size() / CLASSIFIER_IMAGE_ROW_SIZE;
  std::vector<float> scores(rows * CLASSIFIER_OUTPUT_0_ROW_SIZE);

  size_t count = std::strtoul(argv[2], nullptr, 10);
  std::vector<std::thread> threads;
  for (size_t i = 0; i < count; ++i)
    threads.emplace_back([&, i] {
      Context context = create();
      size_t begin = rows * i / count, end = rows * (i + 1) / count;
      if (begin == end)
        return;
      if (classifier_share(context.get(), owner.get()) != CLASSIFIER_OK ||
          classifier_infer(context.get(),
                           &images[begin * CLASSIFIER_IMAGE_ROW_SIZE],
                           &scores[begin * CLASSIFIER_OUTPUT_0_ROW_SIZE],
                           int64_t(end - begin)) != CLASSIFIER_OK)
        std::exit(1);
    });
  for (std::thread &thread : threads)
    thread.join();
  std::fwrite(scores.data(), sizeof(float), scores.size(), stdout);
}
