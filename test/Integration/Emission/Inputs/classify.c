/* Scores for images: raw floats from standard input, raw floats to standard
   output. The weights are inside; the memory is the program's own. */
#include "classifier.h"
#include <stdio.h>

#define ROWS 32

static float images[ROWS * CLASSIFIER_IMAGE_ROW_SIZE];
static float scores[ROWS * CLASSIFIER_OUTPUT_0_ROW_SIZE];
static char space[CLASSIFIER_CONTEXT_BYTES + CLASSIFIER_CONTEXT_ALIGNMENT];

int main(void) {
  size_t past = (size_t)space % CLASSIFIER_CONTEXT_ALIGNMENT;
  classifier_context *context;
  classifier_status status =
      classifier_create(space + CLASSIFIER_CONTEXT_ALIGNMENT - past,
                        CLASSIFIER_CONTEXT_BYTES, &context);
  size_t rows;
  while (status == CLASSIFIER_OK &&
         (rows = fread(images, sizeof(float) * CLASSIFIER_IMAGE_ROW_SIZE, ROWS,
                       stdin)) > 0) {
    status = classifier_infer(context, images, scores, (int64_t)rows);
    fwrite(scores, sizeof(float) * CLASSIFIER_OUTPUT_0_ROW_SIZE, rows, stdout);
  }
  if (status != CLASSIFIER_OK)
    fprintf(stderr, "%s\n", classifier_status_text(status));
  return status;
}
