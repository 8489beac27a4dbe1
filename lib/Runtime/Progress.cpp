//===- Progress.cpp - What a run shows on stderr --------------------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TrainerState.h"

#include <stdarg.h>
#include <unistd.h>

using namespace keel;

void keel_trainer_clear(Trainer *trainer) {
  if (trainer->terminal)
    fputs("\r\033[K", stderr);
}

void keel_trainer_note(Trainer *trainer, const char *format, ...) {
  if (trainer->options.quiet)
    return;
  keel_trainer_clear(trainer);
  va_list arguments;
  va_start(arguments, format);
  vfprintf(stderr, format, arguments);
  va_end(arguments);
  fputc('\n', stderr);
}

void keel_trainer_warn(Trainer *trainer, const char *format, ...) {
  keel_trainer_clear(trainer);
  fputs("warning: ", stderr);
  va_list arguments;
  va_start(arguments, format);
  vfprintf(stderr, format, arguments);
  va_end(arguments);
  fputc('\n', stderr);
}

static double rate(const Trainer *trainer) {
  double seconds = keel_now() - trainer->epochStart;
  return seconds > 0.0 ? (double)trainer->epochSamples / seconds : 0.0;
}

static void appendEpochs(const Trainer *trainer, int64_t epoch,
                         keel_text *text) {
  keel_text_append(text, "epoch %lld", (long long)epoch);
  if (trainer->options.steps == 0)
    keel_text_append(text, "/%lld", (long long)trainer->options.epochs);
}

static void drawBar(Trainer *trainer, const keel_step_record *record) {
  constexpr int width = 24;
  double done = (double)trainer->at.row / (double)trainer->data->rows;
  int filled = (int)(done * width);
  Scoped<keel_text, keel_text_free> text;
  appendEpochs(trainer, record->epoch, text.get());
  keel_text_append(text.get(), " [%.*s%.*s] %3d%%  loss %.4f", filled,
                   "########################", width - filled,
                   "........................", (int)(done * 100.0),
                   record->loss);
  if (trainer->validated.has_accuracy)
    keel_text_append(text.get(), "  accuracy %.2f%%",
                     trainer->validated.accuracy * 100.0);
  keel_text_append(text.get(), "  %.0f samples/s", rate(trainer));
  if (!text->failed)
    fprintf(stderr, "\r\033[K%s", text->data);
}

void keel_trainer_show_step(Trainer *trainer, const keel_step_record *record) {
  if (trainer->options.quiet)
    return;
  double now = keel_now();
  if (now - trainer->lastShown < (trainer->terminal ? 0.1 : 10.0))
    return;
  trainer->lastShown = now;
  if (trainer->terminal) {
    drawBar(trainer, record);
    return;
  }
  fprintf(stderr, "epoch %lld: step %lld, loss %.6g, %.0f samples/s\n",
          (long long)record->epoch, (long long)record->step, record->loss,
          rate(trainer));
}

void keel_trainer_show_epoch(Trainer *trainer, double train_loss) {
  if (trainer->options.quiet)
    return;
  Scoped<keel_text, keel_text_free> text;
  appendEpochs(trainer, trainer->at.epoch, text.get());
  keel_text_append(text.get(), ": train loss %.6g", train_loss);
  if (trainer->validation)
    keel_text_append(text.get(), ", validation loss %.6g",
                     trainer->validated.loss);
  if (trainer->validation && trainer->validated.has_accuracy)
    keel_text_append(text.get(), ", accuracy %.2f%%",
                     trainer->validated.accuracy * 100.0);
  keel_trainer_note(trainer, "%s, %.0f samples/s", text->data ? text->data : "",
                    rate(trainer));
  trainer->lastShown = keel_now();
}
