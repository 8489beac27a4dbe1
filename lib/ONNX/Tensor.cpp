//===- Tensor.cpp - Elements that are known -------------------------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "keel/ONNX/Schema.h"
#include "llvm/ADT/STLExtras.h"
#include <algorithm>
#include <cstring>
#include <limits>

using namespace keel::onnx;

std::string keel::onnx::getName(DataType type) {
  static const char *const names[] = {
      "undefined", "float",  "uint8",     "int8",       "uint16",  "int16",
      "int32",     "int64",  "string",    "bool",       "float16", "double",
      "uint32",    "uint64", "complex64", "complex128", "bfloat16"};
  auto number = static_cast<int32_t>(type);
  if (number >= 0 && number < int32_t(std::size(names)))
    return names[number];
  return "type " + std::to_string(number);
}

int64_t keel::onnx::getSize(DataType type) {
  switch (type) {
  case DataType::f32:
  case DataType::i32:
    return 4;
  case DataType::f64:
  case DataType::i64:
    return 8;
  case DataType::u8:
  case DataType::boolean:
    return 1;
  default:
    return 0;
  }
}

int64_t Tensor::getNumElements() const {
  int64_t elements = 1;
  for (int64_t size : shape)
    elements *= size;
  return elements;
}

template <typename T> static T load(const std::string &bytes, int64_t index) {
  T value;
  std::memcpy(&value, bytes.data() + size_t(index) * sizeof(T), sizeof(T));
  return value;
}

int64_t Tensor::getInt(int64_t index) const {
  switch (type) {
  case DataType::i64:
    return load<int64_t>(bytes, index);
  case DataType::i32:
    return load<int32_t>(bytes, index);
  case DataType::f32:
  case DataType::f64: {
    double value = getReal(index);
    // What an int64 cannot hold has no meaning as one.
    return value > -0x1p63 && value < 0x1p63 ? int64_t(value) : 0;
  }
  default:
    return load<uint8_t>(bytes, index);
  }
}

double Tensor::getReal(int64_t index) const {
  switch (type) {
  case DataType::f32:
    return load<float>(bytes, index);
  case DataType::f64:
    return load<double>(bytes, index);
  default:
    return double(getInt(index));
  }
}

Tensor Tensor::fromInts(llvm::ArrayRef<int64_t> values,
                        llvm::ArrayRef<int64_t> shape) {
  Tensor tensor;
  tensor.type = DataType::i64;
  tensor.shape.assign(shape.begin(), shape.end());
  tensor.bytes.assign(reinterpret_cast<const char *>(values.data()),
                      values.size() * sizeof(int64_t));
  return tensor;
}

bool Tensor::hasBatch() const {
  if (type != DataType::i64 || shape.size() > 1)
    return false;
  for (int64_t i = 0, e = getNumElements(); i < e; ++i)
    if (getInt(i) == std::numeric_limits<int64_t>::min())
      return true;
  return false;
}

Tensor keel::onnx::transpose(const Tensor &matrix) {
  Tensor result = matrix;
  result.shape = {matrix.shape[1], matrix.shape[0]};
  size_t size = size_t(getSize(matrix.type));
  size_t rows = size_t(matrix.shape[0]), columns = size_t(matrix.shape[1]);
  for (size_t i = 0; i < rows; ++i)
    for (size_t j = 0; j < columns; ++j)
      std::copy_n(&matrix.bytes[(i * columns + j) * size], size,
                  &result.bytes[(j * rows + i) * size]);
  return result;
}

const NodeAttribute *Node::find(llvm::StringRef attribute) const {
  for (const NodeAttribute &candidate : attributes)
    if (candidate.name == attribute)
      return &candidate;
  return nullptr;
}
