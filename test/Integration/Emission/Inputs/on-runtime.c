/* on-runtime X.npy LABELS.npy: trains an emitted model by the runtime's own
   loop, as a program does that brings data and threads of its own. */
#include "classifier.h"
#include "keel/Runtime/ThreadPool.h"
#include "keel/Runtime/Trainer.h"
#include <stdio.h>

int main(int argc, char **argv) {
  keel_named_file data = {NULL, argc > 2 ? argv[1] : ""};
  keel_named_file labels = {NULL, argc > 2 ? argv[2] : ""};
  keel_dataset_options files = {0};
  keel_dataset rows = {0};
  keel_train_options options;
  keel_train_report report;
  keel_context context;
  keel_pool *pool = keel_pool_create(2);
  keel_error error = {0};
  files.data = &data;
  files.labels = &labels;
  files.num_data = files.num_labels = files.want_labels = 1;
  keel_pool_context(pool, &context);
  keel_train_options_init(&options);
  options.context = &context;
  options.data = &rows;
  options.quiet = 1;
  if (keel_dataset_open(&classifier_model, &files, &rows, &error) ||
      keel_train(&classifier_model, &options, NULL, &report, &error)) {
    fprintf(stderr, "%s\n", error.message);
    return 1;
  }
  printf("%s: %d steps\n", classifier_model.name, (int)report.steps);
  keel_dataset_free(&rows);
  keel_pool_destroy(pool);
  return 0;
}
