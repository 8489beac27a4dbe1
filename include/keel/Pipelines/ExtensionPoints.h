//===- ExtensionPoints.h - Where other pipelines join Keel's --------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef KEEL_PIPELINES_EXTENSIONPOINTS_H
#define KEEL_PIPELINES_EXTENSIONPOINTS_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/ADT/Twine.h"
#include "llvm/Support/LogicalResult.h"
#include <string>

namespace mlir {
class OpPassManager;
} // namespace mlir

namespace keel {

/// In the order in which they are reached.
enum class ExtensionPoint {
  beforeForecast,
  afterSpecialize,
  beforeClip,
  afterClip,
  afterOptimizer,
  beforeFold,
  beforeLowering,
  afterLowering,
  beforeLLVM
};

/// A place in the pipelines where others may run. All run on builtin.module.
/// `keel --hook=` and the documentation read this.
struct ExtensionPointInfo {
  ExtensionPoint point;
  llvm::StringLiteral name;
  llvm::StringLiteral guarantee;
};

/// All extension points, in order.
llvm::ArrayRef<ExtensionPointInfo> getExtensionPoints();

/// A pipeline that runs at an extension point.
class Hook {
public:
  using EmitError =
      llvm::function_ref<void(unsigned column, const llvm::Twine &message)>;

  /// Parses `POINT:PIPELINE`, such as `after-clip:canonicalize,cse`. The passes
  /// must be registered. On failure `emitError` has been called, with the
  /// column counted from 1.
  static llvm::FailureOr<Hook> parse(llvm::StringRef text, EmitError emitError);

  ExtensionPoint getPoint() const { return point; }

  /// Adds the pipeline to one on builtin.module.
  void addTo(mlir::OpPassManager &pm) const;

private:
  Hook(ExtensionPoint point, llvm::StringRef pipeline)
      : point(point), pipeline(pipeline) {}

  ExtensionPoint point;
  std::string pipeline;
};

/// Adds the pipelines of those `hooks` that are at `point`, in their order.
void addHooks(mlir::OpPassManager &pm, llvm::ArrayRef<Hook> hooks,
              ExtensionPoint point);

} // namespace keel

#endif // KEEL_PIPELINES_EXTENSIONPOINTS_H
