//===- Schema.h - An ONNX file as plain structures ------------------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

// What import and export work on. Protobuf stays in lib/ONNX.

#ifndef KEEL_ONNX_SCHEMA_H
#define KEEL_ONNX_SCHEMA_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace keel::onnx {

/// Element types by their numbers in the format; those that Keel computes with
/// have names here.
enum class DataType : int32_t {
  undefined = 0,
  f32 = 1,
  u8 = 2,
  i32 = 6,
  i64 = 7,
  boolean = 9,
  f64 = 11,
};

/// "float16" and so on; "type 99" where there is none of that number.
std::string getName(DataType type);

/// Bytes of an element, 0 for the types that Keel does not compute with.
int64_t getSize(DataType type);

/// A tensor whose elements are known.
struct Tensor {
  std::string name;
  DataType type = DataType::undefined;
  llvm::SmallVector<int64_t> shape;
  std::string bytes; ///< little-endian, row-major

  /// Whether an element is ShapedType::kDynamic and stands for the batch.
  bool hasBatch() const;
  int64_t getNumElements() const;
  /// An element as an integer or as a number, whatever its type.
  int64_t getInt(int64_t index) const;
  double getReal(int64_t index) const;
  bool isReal() const { return type == DataType::f32 || type == DataType::f64; }
  static Tensor fromInts(llvm::ArrayRef<int64_t> values,
                         llvm::ArrayRef<int64_t> shape);
};

/// Of a matrix.
Tensor transpose(const Tensor &matrix);

struct NodeAttribute {
  enum Kind { none, f, i, s, t, floats, ints, strings, other };
  std::string name;
  Kind kind = none;
  float real = 0;
  int64_t integer = 0;
  std::string text;
  Tensor tensor;
  std::vector<float> reals;
  std::vector<int64_t> integers;
  std::vector<std::string> texts;
};

struct Node {
  std::string name, op, domain;
  std::vector<std::string> inputs, outputs;
  std::vector<NodeAttribute> attributes;

  const NodeAttribute *find(llvm::StringRef attribute) const;
};

/// A dimension: its size, or -1 and perhaps the name of one that is not fixed.
struct Dimension {
  int64_t size = -1;
  std::string name;
};

struct ValueInfo {
  std::string name;
  DataType type = DataType::undefined;
  std::optional<std::vector<Dimension>> shape;
};

struct Graph {
  std::string name;
  std::vector<Node> nodes;
  std::vector<Tensor> initializers;
  std::vector<ValueInfo> inputs, outputs;
};

struct OperatorSet {
  std::string domain;
  int64_t version = 0;
};

struct Model {
  int64_t irVersion = 0;
  std::string producer;
  std::vector<OperatorSet> operatorSets;
  Graph graph;
};

/// Reads a model. External data is read from files in `folder`, and from
/// nowhere else; where that is empty there is none.
llvm::Expected<Model> parseModel(llvm::StringRef bytes, llvm::StringRef folder);

/// The bytes of a file. Fails beyond the 2 GB that the format can hold.
llvm::Expected<std::string> writeModel(const Model &model);

} // namespace keel::onnx

#endif // KEEL_ONNX_SCHEMA_H
