//===- RunLog.h - Reading the log of a run --------------------------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef KEEL_LIB_DRIVER_RUNLOG_H
#define KEEL_LIB_DRIVER_RUNLOG_H

#include "TrainRun.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/MemoryBuffer.h"

namespace keel {

/// The lines of a log, but for a half one at its end.
class RunLog {
public:
  explicit RunLog(std::string path) : path(std::move(path)) {}

  int open();
  /// The next line that tells of the run; false at the end, and on an error.
  bool next();
  bool isBroken() const { return broken; }
  /// Reads the first line, and looks ahead for the last step: what must be done
  /// to repeat the run. Returns the code to exit with.
  int readRequest(TrainRequest &request);
  /// Prints an error at the line.
  int fail(const llvm::Twine &message) const {
    return failInput(path + ":" + llvm::Twine(number), message);
  }

  llvm::json::Object line;
  int64_t number = 0;

private:
  int check();
  int64_t countSteps() const;

  std::string path;
  std::shared_ptr<llvm::MemoryBuffer> buffer;
  llvm::StringRef rest;
  bool broken = false;
};

/// Parses JSON that nobody vouches for: LLVM's own parser bounds no depth.
llvm::Expected<llvm::json::Value> parseJson(llvm::StringRef text);

/// A member as text.
std::string print(const llvm::json::Value *value);

} // namespace keel

#endif // KEEL_LIB_DRIVER_RUNLOG_H
