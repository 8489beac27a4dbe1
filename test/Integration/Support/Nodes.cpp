//===- Nodes.cpp - Dense layers and sums in plain loops -------------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Nodes.h"
#include "keel/Runtime/Random.h"
#include <cmath>

using namespace keel::test;

void DenseNode::forward(bool) {
  value = Matrix(x->value.rows, features);
  for (int r = 0; r < value.rows; ++r)
    for (int j = 0; j < features; ++j) {
      double sum = bias ? bias->value.at(0, j) : 0.0;
      for (int i = 0; i < x->features; ++i)
        sum += x->value.at(r, i) * weight->value.at(i, j);
      value.at(r, j) = sum;
    }
}

void DenseNode::backward() {
  for (int r = 0; r < value.rows; ++r)
    for (int j = 0; j < features; ++j) {
      double dy = gradient.at(r, j);
      if (bias)
        bias->gradient.at(0, j) += dy;
      for (int i = 0; i < x->features; ++i) {
        x->gradient.at(r, i) += dy * weight->value.at(i, j);
        weight->gradient.at(i, j) += dy * x->value.at(r, i);
      }
    }
}

std::string DenseNode::getText(const std::string &element) const {
  std::string text = "keel.dense " + x->ssa + ", " + weight->ssa;
  std::string types = x->getType(element) + ", " + weight->getType(element);
  if (bias) {
    text += ", " + bias->ssa;
    types += ", " + bias->getType(element);
  }
  return text + " : " + types;
}

static double combine(const std::string &kind, double a, double b) {
  return kind == "add" ? a + b : kind == "sub" ? a - b : a * b;
}

/// The derivatives by a and by b.
static std::pair<double, double> getSlopes(const std::string &kind, double a,
                                           double b) {
  if (kind == "mul")
    return {b, a};
  return {1, kind == "add" ? 1 : -1};
}

void BinaryNode::forward(bool) {
  value = a->value;
  for (size_t i = 0; i < value.data.size(); ++i)
    value.data[i] = combine(kind, a->value.data[i], b->value.data[i]);
}

void BinaryNode::backward() {
  for (size_t i = 0; i < value.data.size(); ++i) {
    auto [byA, byB] = getSlopes(kind, a->value.data[i], b->value.data[i]);
    a->gradient.data[i] += byA * gradient.data[i];
    b->gradient.data[i] += byB * gradient.data[i];
  }
}

std::string BinaryNode::getText(const std::string &element) const {
  return "keel." + kind + " " + a->ssa + ", " + b->ssa + " : " +
         getType(element);
}

void BinaryWithVectorNode::forward(bool) {
  value = x->value;
  for (int r = 0; r < value.rows; ++r)
    for (int j = 0; j < features; ++j)
      value.at(r, j) = combine(kind, x->value.at(r, j), vector->value.at(0, j));
}

void BinaryWithVectorNode::backward() {
  for (int r = 0; r < value.rows; ++r)
    for (int j = 0; j < features; ++j) {
      auto [byX, byVector] =
          getSlopes(kind, x->value.at(r, j), vector->value.at(0, j));
      x->gradient.at(r, j) += byX * gradient.at(r, j);
      vector->gradient.at(0, j) += byVector * gradient.at(r, j);
    }
}

std::string BinaryWithVectorNode::getText(const std::string &element) const {
  return "keel." + kind + " " + x->ssa + ", " + vector->ssa + " : " +
         getType(element) + ", " + vector->getType(element);
}

void ConcatNode::forward(bool) {
  value = Matrix(parts.front()->value.rows, features);
  int begin = 0;
  for (Node *part : parts) {
    for (int r = 0; r < value.rows; ++r)
      for (int j = 0; j < part->features; ++j)
        value.at(r, begin + j) = part->value.at(r, j);
    begin += part->features;
  }
}

void ConcatNode::backward() {
  int begin = 0;
  for (Node *part : parts) {
    for (int r = 0; r < value.rows; ++r)
      for (int j = 0; j < part->features; ++j)
        part->gradient.at(r, j) += gradient.at(r, begin + j);
    begin += part->features;
  }
}

std::string ConcatNode::getText(const std::string &element) const {
  std::string values, types;
  for (Node *part : parts) {
    values += (values.empty() ? "" : ", ") + part->ssa;
    types += (types.empty() ? "" : ", ") + part->getType(element);
  }
  return "keel.concat " + values + " : " + types;
}

void DropoutNode::forward(bool training) {
  value = x->value;
  factor = Matrix(value.rows, features);
  for (int r = 0; r < value.rows; ++r)
    for (int j = 0; j < features; ++j) {
      uint32_t counter[] = {uint32_t(j) / 4, uint32_t(at.firstRow + r),
                            uint32_t(at.step), ordinal};
      uint32_t key[] = {uint32_t(at.seed), uint32_t(uint64_t(at.seed) >> 32)};
      uint32_t words[4];
      keel_philox(counter, key, words);
      bool isKept = words[j % 4] >= std::round(rate * 0x1p32);
      factor.at(r, j) = !training ? 1 : isKept ? 1 / (1 - rate) : 0;
      value.at(r, j) *= factor.at(r, j);
    }
}

void DropoutNode::backward() {
  for (size_t i = 0; i < value.data.size(); ++i)
    x->gradient.data[i] += factor.data[i] * gradient.data[i];
}

std::string DropoutNode::getText(const std::string &element) const {
  return "keel.dropout " + x->ssa + " {rate = " + format(rate) +
         "} : " + getType(element);
}
