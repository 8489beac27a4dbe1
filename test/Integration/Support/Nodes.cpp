//===- Nodes.cpp - Dense layers, activations and sums in plain loops ------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Nodes.h"
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

void ActivationNode::forward(bool) {
  value = x->value;
  for (double &v : value.data) {
    if (kind == "relu")
      v = v > 0 ? v : 0;
    else if (kind == "leaky_relu")
      v = v > 0 ? v : slope * v;
    else if (kind == "sigmoid")
      v = 1 / (1 + std::exp(-v));
    else
      v = std::tanh(v);
  }
}

void ActivationNode::backward() {
  for (size_t i = 0; i < value.data.size(); ++i) {
    double in = x->value.data[i], out = value.data[i], derivative;
    if (kind == "relu")
      derivative = in > 0 ? 1 : 0;
    else if (kind == "leaky_relu")
      derivative = in > 0 ? 1 : slope;
    else if (kind == "sigmoid")
      derivative = out * (1 - out);
    else
      derivative = 1 - out * out;
    x->gradient.data[i] += gradient.data[i] * derivative;
  }
}

std::string ActivationNode::getText(const std::string &element) const {
  std::string settings =
      kind == "leaky_relu" ? " {slope = " + format(slope) + "}" : "";
  return "keel." + kind + " " + x->ssa + settings + " : " + getType(element);
}

double ActivationNode::getKinkDistance() const {
  double distance = Node::getKinkDistance();
  if (kind == "relu" || kind == "leaky_relu")
    for (double v : x->value.data)
      distance = std::min(distance, std::abs(v));
  return distance;
}

void AddNode::forward(bool) {
  value = a->value;
  for (size_t i = 0; i < value.data.size(); ++i)
    value.data[i] += b->value.data[i];
}

void AddNode::backward() {
  for (Node *operand : {a, b})
    for (size_t i = 0; i < value.data.size(); ++i)
      operand->gradient.data[i] += gradient.data[i];
}

std::string AddNode::getText(const std::string &element) const {
  return "keel.add " + a->ssa + ", " + b->ssa + " : " + getType(element);
}

void AddToRowsNode::forward(bool) {
  value = x->value;
  for (int r = 0; r < value.rows; ++r)
    for (int j = 0; j < features; ++j)
      value.at(r, j) += vector->value.at(0, j);
}

void AddToRowsNode::backward() {
  for (int r = 0; r < value.rows; ++r)
    for (int j = 0; j < features; ++j) {
      x->gradient.at(r, j) += gradient.at(r, j);
      vector->gradient.at(0, j) += gradient.at(r, j);
    }
}

std::string AddToRowsNode::getText(const std::string &element) const {
  return "keel.add " + x->ssa + ", " + vector->ssa + " : " + getType(element) +
         ", " + vector->getType(element);
}
