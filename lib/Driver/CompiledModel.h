//===- CompiledModel.h - A model compiled into this process ---------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef KEEL_LIB_DRIVER_COMPILEDMODEL_H
#define KEEL_LIB_DRIVER_COMPILEDMODEL_H

#include "ModelFile.h"
#include "keel/Execution/Jit.h"
#include "keel/Pipelines/Pipelines.h"
#include "keel/Runtime/Dataset.h"
#include "keel/Runtime/Error.h"
#include "keel/Runtime/ThreadPool.h"

namespace keel {

/// The tables of a model before it is compiled: what data is matched against.
/// Its functions are null. Errors have been printed if null.
std::unique_ptr<ModelTable> describeModel(ModelFile &file,
                                          llvm::StringRef mode);

/// What compileModel does beside its defaults.
struct CompileOptions {
  bool fold = true;
  bool cache = true; ///< unless --no-cache is given
  /// Functions that measure a step, with mode train.
  bool telemetry = false;
};

/// Compiles a model for this machine, or takes it from the cache. Errors have
/// been printed if null.
std::unique_ptr<JitModule> compileModel(ModelFile &file, llvm::StringRef mode,
                                        int64_t maxRows,
                                        const CompileOptions &options = {});

/// Threads and the context that compiled code finds them by.
class Threads {
public:
  explicit Threads(int count);
  ~Threads();
  keel_context *getContext() { return &context; }

private:
  keel_pool *pool;
  keel_context context = {};
};

/// The files that data comes from, as the command line names them.
struct DataFiles {
  std::vector<std::string> data, labels;
  std::string labelColumn;
  bool wantLabels = true;

  /// Reads them. `classNames` are those of the weights, if any. Errors have
  /// been printed on failure.
  llvm::LogicalResult open(const keel_model &model,
                           llvm::ArrayRef<const char *> classNames,
                           keel_dataset &dataset) const;
};

/// Frees a dataset at the end of its scope.
struct Dataset : keel_dataset {
  Dataset() : keel_dataset{} {}
  ~Dataset() { keel_dataset_free(this); }
  Dataset(const Dataset &) = delete;
};

/// Prints a runtime error and returns kBadInput.
int failInput(const keel_error &error);

} // namespace keel

#endif // KEEL_LIB_DRIVER_COMPILEDMODEL_H
