/* two-threads X Y: trains two models at once, each in a thread with a context
   of its own, then each alone, and compares the losses of all steps, and the
   results that the trained ones give. */
#include "first.h"
#include "second.h"
#include <pthread.h>
#include <stdio.h>
#include <string.h>

enum { ROWS = 24, COLUMNS = FIRST_X_ROW_SIZE, STEPS = 60 };

typedef struct work {
  double losses[STEPS];
  float scores[ROWS * FIRST_OUTPUT_0_ROW_SIZE];
  int failed;
} work;

static float x[ROWS * COLUMNS];
static int32_t y[ROWS];

static void *train_first(void *argument) {
  work *mine = argument;
  first_context *context;
  first_step step;
  int i;
  mine->failed = first_create(NULL, 0, &context) || first_init(context, 7);
  for (i = 0; i < STEPS && !mine->failed; ++i) {
    mine->failed = first_train_step(context, x, y, ROWS, &step);
    mine->losses[i] = step.loss;
  }
  mine->failed |= first_infer(context, x, mine->scores, ROWS);
  first_destroy(context);
  return NULL;
}

static void *train_second(void *argument) {
  work *mine = argument;
  second_context *context;
  second_step step;
  int i;
  mine->failed = second_create(NULL, 0, &context) || second_init(context, 8);
  for (i = 0; i < STEPS && !mine->failed; ++i) {
    mine->failed = second_train_step(context, x, y, ROWS, &step);
    mine->losses[i] = step.loss;
  }
  mine->failed |= second_infer(context, x, mine->scores, ROWS);
  second_destroy(context);
  return NULL;
}

static work alone[2], together[3];

int main(int argc, char **argv) {
  pthread_t threads[3];
  int i;
  FILE *file = argc == 3 ? fopen(argv[1], "rb") : NULL;
  if (!file || fread(x, sizeof x, 1, file) != 1)
    return 1;
  fclose(file);
  file = fopen(argv[2], "rb");
  if (!file || fread(y, sizeof y, 1, file) != 1)
    return 1;
  fclose(file);
  train_first(&alone[0]);
  train_second(&alone[1]);
  /* Two models, and one of them twice. */
  if (pthread_create(&threads[0], NULL, train_first, &together[0]) ||
      pthread_create(&threads[1], NULL, train_second, &together[1]) ||
      pthread_create(&threads[2], NULL, train_first, &together[2]))
    return 1;
  for (i = 0; i < 3; ++i)
    pthread_join(threads[i], NULL);
  printf("failed: %d\n", alone[0].failed | alone[1].failed |
                             together[0].failed | together[1].failed |
                             together[2].failed);
  printf("the first as alone: %d\n",
         !memcmp(&alone[0], &together[0], sizeof(work)));
  printf("the second as alone: %d\n",
         !memcmp(&alone[1], &together[1], sizeof(work)));
  printf("the third as the first: %d\n",
         !memcmp(&together[0], &together[2], sizeof(work)));
  printf("two models: %d\n",
         !!memcmp(alone[0].losses, alone[1].losses, sizeof alone[0].losses));
  printf("trained: %d\n", alone[0].losses[STEPS - 1] < alone[0].losses[0] &&
                              alone[1].losses[STEPS - 1] < alone[1].losses[0]);
  return 0;
}
