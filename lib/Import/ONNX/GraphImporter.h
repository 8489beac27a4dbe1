//===- GraphImporter.h - A graph on its way into a model ------------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef KEEL_LIB_IMPORT_ONNX_GRAPHIMPORTER_H
#define KEEL_LIB_IMPORT_ONNX_GRAPHIMPORTER_H

#include "NodeImporter.h"
#include "keel/Import/ONNX/ImportONNX.h"
#include "llvm/ADT/StringMap.h"
#include <map>

namespace keel::onnx {

/// Makes a keel.model of a graph: names become values, node by node.
class GraphImporter {
public:
  GraphImporter(Model model, mlir::MLIRContext &context,
                const ImportOptions &options, bool fixBatch);

  llvm::Expected<ImportedModel> run();

  /// How often nodes and outputs use `name`.
  unsigned countUses(llvm::StringRef name) const { return uses.lookup(name); }
  /// Whether a Gradient node names `name`.
  bool isDifferentiated(llvm::StringRef name) const {
    return differentiated.contains(name);
  }
  bool hasGradients() const { return !differentiated.empty(); }
  /// Null where no node computes `name`.
  Operand *find(llvm::StringRef name);
  /// The node that computes `name`, null where it is none's result.
  const Node *findProducer(llvm::StringRef name) const {
    return producers.lookup(name);
  }
  mlir::Value getValue(Operand &operand);
  mlir::Value getParam(Operand &operand, Form form, bool isTrained);
  mlir::Value getState(Operand &operand);
  llvm::Error define(Operand operand);
  mlir::Type getElement(DataType type);

  /// What went wrong where no error can be returned.
  std::string problem;

private:
  void collectUses();
  llvm::Error addInitializers();
  llvm::Error matchInputs();
  llvm::Error addInputs();
  llvm::Error addInput(const ValueInfo &info);
  llvm::Expected<Sizes> getInputShape(const ValueInfo &info);
  llvm::Error importNode(const Node &node);
  llvm::Error addOutputs();
  void eraseDead();
  mlir::Value addHeld(const std::string &name, const Tensor &tensor,
                      bool isState, bool isTrained);
  mlir::Location getLoc(llvm::StringRef name);

  Model source;
  const ImportOptions &options;
  bool fixBatch;
  LocBuilder b;
  mlir::OwningOpRef<mlir::ModuleOp> module;
  ModelOp model;
  std::map<std::string, Operand, std::less<>> operands;
  llvm::StringMap<unsigned> uses;
  llvm::StringMap<const Node *> producers;
  llvm::StringSet<> differentiated;
  llvm::StringMap<const keel_array *> knownInputs;
  /// Parameters and states by the initializer's name and form.
  std::map<std::pair<std::string, Form>, mlir::Value> held;
  llvm::StringSet<> heldNames;
  mlir::Operation *lastHeld = nullptr; ///< the last parameter or state
  std::string batchName;
  std::vector<ImportedTensor> weights;
};

} // namespace keel::onnx

#endif // KEEL_LIB_IMPORT_ONNX_GRAPHIMPORTER_H
