/* train IMAGES LABELS WEIGHTS: trains the classifier on raw 32-bit floats and
   integers, one pass over them in their order, and keeps the weights. */
#include "classifier.h"
#include <stdio.h>
#include <stdlib.h>

#define BATCH 64

static void check(const classifier_context *context, classifier_status status) {
  if (status == CLASSIFIER_OK)
    return;
  fprintf(stderr, "%s: %s\n", classifier_status_text(status),
          classifier_message(context));
  exit(1);
}

static FILE *open_file(const char *path) {
  FILE *file = fopen(path, "rb");
  if (!file) {
    perror(path);
    exit(1);
  }
  return file;
}

int main(int argc, char **argv) {
  static float images[BATCH * CLASSIFIER_IMAGE_ROW_SIZE];
  static int32_t labels[BATCH];
  classifier_context *context = NULL;
  classifier_step step = {0};
  classifier_evaluation before, after;
  FILE *image_file, *label_file;
  size_t rows;
  if (argc != 4)
    return 2;
  image_file = open_file(argv[1]);
  label_file = open_file(argv[2]);

  check(context, classifier_create(NULL, 0, &context));
  check(context, classifier_init(context, 1));
  while ((rows = fread(labels, sizeof *labels, BATCH, label_file)) >=
         CLASSIFIER_MIN_TRAIN_ROWS) {
    if (fread(images, sizeof(float) * CLASSIFIER_IMAGE_ROW_SIZE, rows,
              image_file) != rows)
      return 1;
    check(context,
          classifier_train_step(context, images, labels, (int64_t)rows, &step));
  }
  printf("%d steps, loss %.4f\n", (int)step.step, step.loss);
  check(context, classifier_save(context, argv[3]));

  /* What was saved goes on where it was. */
  check(context, classifier_evaluate(context, images, labels, 2, &before));
  check(context, classifier_init(context, 2));
  check(context, classifier_load(context, argv[3]));
  check(context, classifier_evaluate(context, images, labels, 2, &after));
  printf("the same loss: %s\n", before.loss == after.loss ? "yes" : "no");

  classifier_destroy(context);
  fclose(image_file);
  fclose(label_file);
  return 0;
}
