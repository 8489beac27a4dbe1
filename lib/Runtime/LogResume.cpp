//===- LogResume.cpp - Where a resumed run takes up its log ---------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A run that was killed may have logged steps after its last checkpoint, and
// the last line may be half one. The resumed run takes these steps again: the
// log is cut there, and reads in the end as if the run had never stopped.
//
//===----------------------------------------------------------------------===//

#include "TrainerState.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace keel;

namespace {

struct LogReader {
  FILE *stream;
  char *text = nullptr;
  size_t capacity = 0;
  int64_t start = 0, next = 0; ///< of the line, and after it
  int64_t number = 0;

  explicit LogReader(const char *path) : stream(fopen(path, "r+e")) {}
  LogReader(const LogReader &) = delete;
  LogReader &operator=(const LogReader &) = delete;
  ~LogReader() {
    free(text);
    if (stream)
      fclose(stream);
  }

  /// A whole line; false at the end, and before a half one.
  bool read() {
    ssize_t length = getline(&text, &capacity, stream);
    start = next;
    if (length <= 0 || text[length - 1] != '\n')
      return false;
    next += length;
    ++number;
    return true;
  }
};

/// The first line must be that of this run.
int checkFirst(Trainer *trainer, const keel_json &line) {
  const char *path = trainer->options.log;
  const keel_json_value *hash =
      keel_json_get(&line, &line.values[0], "model_hash");
  const char *mine =
      trainer->options.model_hash ? trainer->options.model_hash : "";
  Scoped<keel_text, keel_text_free> different;
  if (!hash || !hash->string || strcmp(hash->string, mine) != 0)
    keel_text_append(different.get(), "model_hash");
  else if (!keel_trainer_find_difference(trainer, &line, different.get()))
    return 0;
  return keel_fail_at(trainer->error, path, 1, 0,
                      "this is not the log of the resumed run: its '%s' is "
                      "another; name a new file",
                      different->data ? different->data : "");
}

/// Whether the line tells of what comes after the position.
bool isLater(const Trainer &trainer, const keel_json &line) {
  const keel_json_value *step = keel_json_get(&line, &line.values[0], "step");
  if (step)
    return step->integer > trainer.at.step;
  const keel_json_value *epoch = keel_json_get(&line, &line.values[0], "epoch");
  return epoch && epoch->integer > trainer.at.epoch;
}

} // namespace

int keel_trainer_cut_log(Trainer *trainer, bool *goesOn) {
  const char *path = trainer->options.log;
  *goesOn = false;
  struct stat status;
  if (stat(path, &status) != 0 || !S_ISREG(status.st_mode))
    return 0; // new, or a pipe
  LogReader reader(path);
  if (!reader.stream)
    return keel_fail_errno(trainer->error, path, "cannot be written");
  while (reader.read()) {
    Scoped<keel_json, keel_json_free> line;
    if (keel_json_parse(reader.text, reader.next - reader.start, path,
                        line.get(), nullptr) ||
        line->values[0].kind != KEEL_JSON_OBJECT)
      return keel_fail_at(trainer->error, path, reader.number, 0,
                          "is no line of a log; name a new file");
    if (reader.number == 1 && checkFirst(trainer, line.value))
      return 1;
    if (reader.number > 1 && isLater(*trainer, line.value))
      break;
    *goesOn = true;
    reader.start = reader.next;
  }
  if (ferror(reader.stream) ||
      ftruncate(fileno(reader.stream), (off_t)reader.start) != 0)
    return keel_fail_errno(trainer->error, path, "cannot be cut");
  return 0;
}
