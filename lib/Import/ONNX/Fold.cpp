//===- Fold.cpp - Arithmetic on shapes, done while importing --------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Fold.h"
#include "Build.h"

using namespace mlir;
using namespace keel::onnx;

bool keel::onnx::areKnownAndSmall(NodeImporter &n) {
  for (unsigned i = 0; i < n.getNumInputs(); ++i) {
    if (!n.has(i))
      continue;
    const Tensor *tensor = n.getConstant(i);
    if (!tensor || tensor->getNumElements() > kMaxFoldedElements)
      return false;
  }
  return n.getNumInputs() > 0;
}

/// What a node computes of two integers; nothing where it is not defined.
static std::optional<int64_t> compute(StringRef op, int64_t x, int64_t y) {
  // Wraps around, as the compiled code does.
  auto wrap = [](uint64_t value) { return int64_t(value); };
  if (op == "Add")
    return wrap(uint64_t(x) + uint64_t(y));
  if (op == "Sub")
    return wrap(uint64_t(x) - uint64_t(y));
  if (op == "Mul")
    return wrap(uint64_t(x) * uint64_t(y));
  if (op == "Div" && y != 0 && y != -1)
    return x / y;
  return std::nullopt;
}

bool keel::onnx::foldIntegers(NodeImporter &n) {
  if (n.getNumInputs() != 2 || n.opset < 7 || !areKnownAndSmall(n) ||
      n.getType(0) != DataType::i64 || n.getType(1) != DataType::i64 ||
      n.getConstant(0)->hasBatch() || n.getConstant(1)->hasBatch())
    return false;
  // One of them is a single number, or both have one shape.
  const Tensor &lhs = *n.getConstant(0), &rhs = *n.getConstant(1);
  int64_t left = lhs.getNumElements(), right = rhs.getNumElements();
  if (lhs.shape != rhs.shape && left != 1 && right != 1)
    return false;
  const Tensor &shaped =
      left == 1 && lhs.shape.size() <= rhs.shape.size() ? rhs : lhs;
  if (shaped.getNumElements() != std::max(left, right) && left * right != 0)
    return false;
  Sizes values;
  for (int64_t i = 0, e = shaped.getNumElements(); i < e; ++i) {
    std::optional<int64_t> value =
        compute(n.node.op, lhs.getInt(left == 1 ? 0 : i),
                rhs.getInt(right == 1 ? 0 : i));
    if (!value)
      return false;
    values.push_back(*value);
  }
  n.setConstant(0, Tensor::fromInts(values, shaped.shape));
  return true;
}
