//===- NodeImporter.h - One node on its way into a model ------------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

// What a handler of an op sees: the node, its operands, and where its results
// go. Handlers are listed by family, see Families.h.

#ifndef KEEL_LIB_IMPORT_ONNX_NODEIMPORTER_H
#define KEEL_LIB_IMPORT_ONNX_NODEIMPORTER_H

#include "keel/Dialect/Keel/IR/Keel.h"
#include "keel/ONNX/Schema.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/FormatVariadic.h"
#include <memory>

namespace keel::onnx {

class GraphImporter;

using LocBuilder = mlir::ImplicitLocOpBuilder;
using Sizes = llvm::SmallVector<int64_t>;

/// What a name of the graph stands for: a value, or elements that are known,
/// which become a value when one is asked for.
struct Operand {
  std::string name;
  DataType type = DataType::undefined;
  Sizes shape; ///< ShapedType::kDynamic for the batch
  mlir::Value value;
  std::shared_ptr<const Tensor> constant;
  /// An input's elements in this run, good for shapes alone.
  std::shared_ptr<const Tensor> known;
  bool isInitializer = false;
  /// What a constant is another name or the transpose of: it shares the
  /// parameter.
  Operand *original = nullptr;
  bool isTransposed = false;
  /// The transpose of a constant, once it was asked for.
  std::shared_ptr<const Tensor> transposed;
};

/// How a keel.param differs from the initializer that it holds.
enum class Form { asItIs, transposed, flat };

class NodeImporter {
public:
  NodeImporter(GraphImporter &graph, const Node &node, int64_t opset,
               LocBuilder &b)
      : b(b), node(node), opset(opset), graph(graph) {}

  /// An error that begins with the node's name and op.
  template <typename... Args>
  llvm::Error fail(const char *format, Args &&...args) const {
    return failText(llvm::formatv(format, std::forward<Args>(args)...).str());
  }

  //--- Attributes. Those that no handler asks for are refused.
  int64_t getInt(llvm::StringRef name, int64_t missing);
  double getReal(llvm::StringRef name, double missing);
  std::string getText(llvm::StringRef name, llvm::StringRef missing);
  std::optional<Sizes> getInts(llvm::StringRef name);
  std::vector<std::string> getTexts(llvm::StringRef name);
  const NodeAttribute *find(llvm::StringRef name);
  void ignore(llvm::StringRef name) { asked.insert(name); }

  //--- Operands.
  bool has(unsigned index) const;
  unsigned getNumInputs() const { return unsigned(node.inputs.size()); }
  Operand &getOperand(unsigned index);
  DataType getType(unsigned index) { return getOperand(index).type; }
  llvm::ArrayRef<int64_t> getShape(unsigned index) {
    return getOperand(index).shape;
  }
  bool isReal(unsigned index) {
    return getType(index) == DataType::f32 || getType(index) == DataType::f64;
  }
  /// Whether nothing else uses the operand.
  bool isOnlyUse(unsigned index) const;
  /// The op that computes the operand; null where it has no value, or an input.
  mlir::Operation *getDefiningOp(unsigned index);
  /// By name: any that is known so far, and the node that computes it.
  Operand *findOperand(llvm::StringRef name);
  const Node *findProducer(llvm::StringRef name) const;
  /// Whether a gradient is taken of, or by, what a name stands for.
  bool isDifferentiated(llvm::StringRef name) const;
  /// Whether the graph has such nodes at all.
  bool hasGradients() const;
  /// The operand as a value; one that is known becomes a constant or, if it is
  /// a large initializer, a parameter that is not trained.
  mlir::Value getValue(unsigned index);
  /// The elements, null where they are not known.
  const Tensor *getConstant(unsigned index) {
    return getOperand(index).constant.get();
  }
  /// Whether the operand can be a parameter: a real constant.
  bool isParam(unsigned index) {
    return has(index) && getConstant(index) && isReal(index);
  }
  mlir::Value getParam(unsigned index, Form form = Form::asItIs);
  /// The operand of an op that can be trained through: what would be a
  /// parameter that is not trained is one that is.
  mlir::Value getTrained(unsigned index);
  mlir::Value getState(unsigned index);
  /// The elements of an operand that a shape depends on. ShapedType::kDynamic
  /// is the batch, where that `mayBeBatch`.
  llvm::Expected<Sizes> getKnownInts(unsigned index, llvm::StringRef what,
                                     bool mayBeBatch = false);

  //--- Results.
  bool isWanted(unsigned index) const;
  /// Whether a result is used, or is one of the model's.
  bool isUsed(unsigned index) const;
  void set(unsigned index, mlir::Value value, DataType type);
  void setConstant(unsigned index, Tensor tensor);
  /// Makes result 0 another name of a constant operand, or its transpose.
  void setAlias(unsigned index, bool isTransposed);

  mlir::Type getElement(DataType type);

  /// What went wrong in asking for an attribute, or an attribute that nobody
  /// asked for.
  llvm::Error finish();

  LocBuilder &b;
  const Node &node;
  const int64_t opset;

private:
  llvm::Error failText(llvm::StringRef message) const;
  const NodeAttribute *find(llvm::StringRef name, NodeAttribute::Kind kind);
  void define(Operand operand);

  GraphImporter &graph;
  llvm::StringSet<> asked;
  std::string problem;
};

/// The shortest decimal number that a float stands for: 0.01, not
/// 0.00999999977648258.
double widen(float value);

/// Imports one node.
using Handler = llvm::Error (*)(NodeImporter &node);

} // namespace keel::onnx

#endif // KEEL_LIB_IMPORT_ONNX_NODEIMPORTER_H
