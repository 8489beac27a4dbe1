//===- ActivationNodes.cpp - Activations in plain loops -------------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Nodes.h"
#include <algorithm>
#include <cmath>

using namespace keel::test;

/// How far the nearest of `values` is from the nearest of `kinks`. One exactly
/// there is none that a parameter moves: dropout and relu give zeros.
static double getDistance(const std::vector<double> &values,
                          const std::vector<double> &kinks) {
  double distance = std::numeric_limits<double>::infinity();
  for (double kink : kinks)
    for (double v : values)
      if (v != kink)
        distance = std::min(distance, std::abs(v - kink));
  return distance;
}

void ActivationNode::forward(bool) {
  value = x->value;
  for (double &v : value.data)
    v = activation.value(v);
}

void ActivationNode::backward() {
  for (size_t i = 0; i < value.data.size(); ++i)
    x->gradient.data[i] +=
        gradient.data[i] * activation.derivative(x->value.data[i]);
}

std::string ActivationNode::getText(const std::string &element) const {
  std::string settings =
      activation.settings.empty() ? "" : " {" + activation.settings + "}";
  return "keel." + activation.op + " " + x->ssa + settings + " : " +
         getType(element);
}

double ActivationNode::getKinkDistance() const {
  return getDistance(x->value.data, activation.kinks);
}

void PreluNode::forward(bool) {
  value = x->value;
  for (int r = 0; r < value.rows; ++r)
    for (int j = 0; j < features; ++j)
      if (value.at(r, j) <= 0)
        value.at(r, j) *= slope->value.at(0, j % slope->value.cols);
}

void PreluNode::backward() {
  for (int r = 0; r < value.rows; ++r)
    for (int j = 0; j < features; ++j) {
      double in = x->value.at(r, j), dy = gradient.at(r, j);
      int which = j % slope->value.cols;
      x->gradient.at(r, j) += in > 0 ? dy : dy * slope->value.at(0, which);
      slope->gradient.at(0, which) += in > 0 ? 0 : dy * in;
    }
}

std::string PreluNode::getText(const std::string &element) const {
  return "keel.prelu " + x->ssa + ", " + slope->ssa + " : " + getType(element) +
         ", " + slope->getType(element);
}

double PreluNode::getKinkDistance() const {
  return getDistance(x->value.data, {0});
}

void SoftmaxNode::forward(bool) {
  value = x->value;
  for (int r = 0; r < value.rows; ++r) {
    double largest = -std::numeric_limits<double>::infinity(), sum = 0;
    for (int j = 0; j < features; ++j)
      largest = std::max(largest, x->value.at(r, j));
    for (int j = 0; j < features; ++j)
      sum += std::exp(x->value.at(r, j) - largest);
    for (int j = 0; j < features; ++j) {
      double log = x->value.at(r, j) - largest - std::log(sum);
      value.at(r, j) = isLog ? log : std::exp(log);
    }
  }
}

// By the whole Jacobian of a row: dy_k/dx_j is [j = k] - p_j for log_softmax,
// and y_k times that for softmax.
void SoftmaxNode::backward() {
  for (int r = 0; r < value.rows; ++r)
    for (int j = 0; j < features; ++j)
      for (int k = 0; k < features; ++k) {
        double y = value.at(r, j), p = isLog ? std::exp(y) : y;
        double factor = isLog ? 1 : value.at(r, k);
        x->gradient.at(r, j) += gradient.at(r, k) * factor * ((j == k) - p);
      }
}

std::string SoftmaxNode::getText(const std::string &element) const {
  return std::string("keel.") + (isLog ? "log_softmax " : "softmax ") + x->ssa +
         " : " + getType(element);
}
