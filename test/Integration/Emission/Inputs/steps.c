/* steps X Y: trains a few steps from seed 7 and writes what the model then
   gives for the same rows, as raw floats. */
#include "first.h"
#include <stdio.h>

enum { ROWS = 24 };

static float x[ROWS * FIRST_X_ROW_SIZE], scores[ROWS * FIRST_OUTPUT_0_ROW_SIZE];
static int32_t y[ROWS];

int main(int argc, char **argv) {
  first_context *context;
  int i;
  FILE *rows = argc == 3 ? fopen(argv[1], "rb") : NULL;
  FILE *classes = argc == 3 ? fopen(argv[2], "rb") : NULL;
  if (!rows || fread(x, sizeof x, 1, rows) != 1 || !classes ||
      fread(y, sizeof y, 1, classes) != 1)
    return 1;
  fclose(rows);
  fclose(classes);
  if (first_create(NULL, 0, &context) || first_init(context, 7))
    return 1;
  for (i = 0; i < 10; ++i)
    if (first_train_step(context, x, y, ROWS, NULL))
      return 1;
  if (first_infer(context, x, scores, ROWS))
    return 1;
  fwrite(scores, sizeof scores, 1, stdout);
  first_destroy(context);
  return 0;
}
