/* parallel: inference on one thread, and by a host's own loop that runs each
   range in two halves, on two threads. */
#include "classifier.h"
#include <pthread.h>
#include <stdio.h>
#include <string.h>

enum { ROWS = 64 };

static float x[ROWS * CLASSIFIER_IMAGE_ROW_SIZE];
static float alone[ROWS * CLASSIFIER_OUTPUT_0_ROW_SIZE];
static float together[ROWS * CLASSIFIER_OUTPUT_0_ROW_SIZE];

typedef struct part {
  classifier_body body;
  void *closure;
  int64_t begin, end;
} part;

static void *run(void *argument) {
  part *mine = argument;
  mine->body(mine->closure, mine->begin, mine->end);
  return NULL;
}

static void halves(void *user, classifier_body body, void *closure,
                   int64_t begin, int64_t end) {
  int64_t middle = begin + (end - begin) / 2;
  part first = {body, closure, begin, middle};
  pthread_t thread;
  ++*(int *)user;
  if (middle > begin && !pthread_create(&thread, NULL, run, &first)) {
    body(closure, middle, end);
    pthread_join(thread, NULL);
  } else {
    body(closure, begin, end);
  }
}

int main(void) {
  classifier_context *context;
  int i, loops = 0;
  for (i = 0; i < ROWS * CLASSIFIER_IMAGE_ROW_SIZE; ++i)
    x[i] = (float)(i % 97) / 97;
  if (classifier_create(NULL, 0, &context) ||
      classifier_infer(context, x, alone, ROWS))
    return 1;
  classifier_set_parallel_for(context, halves, &loops);
  if (classifier_infer(context, x, together, ROWS))
    return 1;
  printf("loops: %d\n", loops);
  printf("the same: %d\n", !memcmp(alone, together, sizeof alone));
  classifier_set_parallel_for(context, NULL, NULL);
  i = loops;
  if (classifier_infer(context, x, together, ROWS))
    return 1;
  printf("none: %d\n", loops - i);
  classifier_destroy(context);
  return 0;
}
