//===- GraphExporter.h - A model on its way into a graph ------------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef KEEL_LIB_EXPORT_ONNX_GRAPHEXPORTER_H
#define KEEL_LIB_EXPORT_ONNX_GRAPHEXPORTER_H

#include "keel/Export/ONNX/ExportONNX.h"
#include "keel/ONNX/Schema.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/StringSet.h"

namespace keel::onnx {

/// Makes a graph of a model: values become names, op by op.
class GraphExporter {
public:
  GraphExporter(ModelOp model, HeldBytes held) : model(model), held(held) {}

  llvm::FailureOr<std::string> run();

  /// The name of a value, which has been exported.
  std::string getName(mlir::Value value) const { return names.lookup(value); }
  /// Whether a value is one number in each element, and becomes that number,
  /// which ONNX broadcasts.
  bool isNumber(mlir::Value value) const;
  /// A name that no other value has.
  std::string makeName(llvm::StringRef wanted);

  /// A node of one result, which becomes `result` or, where that is null, a
  /// value of its own; returns the name.
  std::string add(llvm::StringRef op, llvm::ArrayRef<std::string> inputs,
                  mlir::Value result = {},
                  llvm::ArrayRef<NodeAttribute> attributes = {});
  /// A constant number of an element type, in each operation's place.
  std::string addNumber(mlir::Type element, double value);
  std::string addInts(llvm::ArrayRef<int64_t> values);
  std::string addTensor(llvm::StringRef name, mlir::RankedTensorType type,
                        llvm::StringRef bytes);

private:
  llvm::LogicalResult addInputs();
  llvm::LogicalResult addHeld(mlir::Operation *op, llvm::StringRef name);
  llvm::LogicalResult addConstant(mlir::Operation *op);
  llvm::LogicalResult addOp(mlir::Operation *op);
  llvm::LogicalResult addOutputs();
  void nameResults();
  ValueInfo describe(mlir::Type type, llvm::StringRef name);

  ModelOp model;
  HeldBytes held;
  Model result;
  llvm::DenseMap<mlir::Value, std::string> names;
  /// Values that get the name of the model's result.
  llvm::DenseMap<mlir::Value, std::string> wanted;
  llvm::StringSet<> taken;
};

NodeAttribute makeInt(llvm::StringRef name, int64_t value);
NodeAttribute makeInts(llvm::StringRef name, llvm::ArrayRef<int64_t> values);
NodeAttribute makeReal(llvm::StringRef name, double value);

DataType getDataType(mlir::Type element);

/// Exports an op, or emits an error that says that it cannot be.
llvm::LogicalResult exportOp(GraphExporter &graph, mlir::Operation *op);

} // namespace keel::onnx

#endif // KEEL_LIB_EXPORT_ONNX_GRAPHEXPORTER_H
