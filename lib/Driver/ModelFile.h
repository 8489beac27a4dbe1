//===- ModelFile.h - Reading a model file and preparing its model ---------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef KEEL_LIB_DRIVER_MODELFILE_H
#define KEEL_LIB_DRIVER_MODELFILE_H

#include "Command.h"
#include "keel/Dialect/Keel/IR/Keel.h"
#include "keel/Import/ONNX/ImportONNX.h"
#include "keel/Runtime/Safetensors.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/IR/OwningOpRef.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/SourceMgr.h"
#include <memory>
#include <string>

namespace keel {

/// A model file in memory, the one model of it that the command line names,
/// and where its diagnostics go: to stderr, with the file's lines.
class ModelFile {
public:
  /// Reads `path`, text, bytecode or ONNX; `import` says what is known of an
  /// ONNX file's inputs. Errors have been printed if null.
  static std::unique_ptr<ModelFile> open(const std::string &path,
                                         const CommonFlags &common,
                                         const ImportOptions &import = {});
  /// The same for text that has no file; `name` stands in its messages.
  static std::unique_ptr<ModelFile>
  parse(llvm::StringRef text, llvm::StringRef name, const CommonFlags &common);
  ~ModelFile();

  /// The model that the command works on.
  ModelOp getModel() { return model; }
  mlir::ModuleOp getModule() { return *module; }
  mlir::MLIRContext &getContext() { return context; }

  /// A hash of the model's printed form as the file has it, without locations:
  /// what tells a checkpoint of another model.
  const std::string &getHash() const { return hash; }

  /// What runs at extension points; those before the forecast have run.
  llvm::ArrayRef<Hook> getHooks() const { return common.extensions.getHooks(); }

  const CommonFlags &getFlags() const { return common; }

  /// The parameters and states that the file itself holds; null where it holds
  /// none.
  const keel_safetensors *getHeldWeights() const {
    return held.tensors ? &held : nullptr;
  }
  const std::string &getPath() const { return path; }

  /// What the file says; empty where it is no text.
  llvm::StringRef getText() const;

  /// Puts another module of the same context, with one model, in the place of
  /// the file's.
  void exchange(mlir::OwningOpRef<mlir::ModuleOp> &other);

  /// Whether `path` names an ONNX file.
  static bool isOnnx(llvm::StringRef path) { return path.ends_with(".onnx"); }

  /// Puts `keel.standardize` behind the inputs.
  llvm::LogicalResult standardize();

private:
  explicit ModelFile(const CommonFlags &common);
  llvm::LogicalResult read(std::unique_ptr<llvm::MemoryBuffer> buffer);
  llvm::LogicalResult import(const llvm::MemoryBuffer &buffer,
                             const ImportOptions &options);
  llvm::LogicalResult show(mlir::Diagnostic &diagnostic);
  llvm::LogicalResult prepare();
  llvm::LogicalResult choose(const std::string &name);
  void computeHash();
  llvm::LogicalResult runHooks();

  const CommonFlags &common;
  mlir::MLIRContext context;
  llvm::SourceMgr sources;
  std::unique_ptr<mlir::SourceMgrDiagnosticHandler> printer;
  std::unique_ptr<mlir::ScopedDiagnosticHandler> filter;
  mlir::OwningOpRef<mlir::ModuleOp> module;
  ModelOp model;
  std::string path, hash;
  std::vector<ImportedTensor> weights;
  std::vector<keel_stored_tensor> stored;
  keel_safetensors held = {}; ///< views of `stored`
};

} // namespace keel

#endif // KEEL_LIB_DRIVER_MODELFILE_H
