//===- Norms.cpp - Norms in plain loops, with the papers' own adjoints ----===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Nodes.h"
#include <cmath>

using namespace keel::test;

void BatchNormNode::forward(bool training) {
  int rows = x->value.rows;
  ofBatch = training && !settings.frozen;
  value = x->value;
  center.assign(features, 0.0);
  spread.assign(features, 0.0);
  mean->next = mean->value;
  variance->next = variance->value;
  for (int j = 0; j < features; ++j) {
    if (ofBatch) {
      for (int r = 0; r < rows; ++r)
        center[j] += x->value.at(r, j) / rows;
      for (int r = 0; r < rows; ++r)
        spread[j] += std::pow(x->value.at(r, j) - center[j], 2) / rows;
      double entering =
          settings.unbiased ? spread[j] * rows / (rows - 1) : spread[j];
      for (auto [state, now] :
           {std::pair(mean, center[j]), std::pair(variance, entering)})
        state->next.at(0, j) =
            settings.decay * state->value.at(0, j) + (1 - settings.decay) * now;
    } else {
      center[j] = mean->value.at(0, j);
      spread[j] = variance->value.at(0, j);
    }
    for (int r = 0; r < rows; ++r)
      value.at(r, j) = (x->value.at(r, j) - center[j]) /
                           std::sqrt(spread[j] + settings.epsilon) *
                           gamma->value.at(0, j) +
                       beta->value.at(0, j);
  }
}

// Ioffe & Szegedy 2015, section 3, step by step.
void BatchNormNode::backward() {
  int rows = value.rows;
  for (int j = 0; j < features; ++j) {
    double deviation = std::sqrt(spread[j] + settings.epsilon);
    double dMean = 0, dVariance = 0;
    for (int r = 0; r < rows; ++r) {
      double dy = gradient.at(r, j), off = x->value.at(r, j) - center[j];
      double dNormal = dy * gamma->value.at(0, j);
      gamma->gradient.at(0, j) += dy * off / deviation;
      beta->gradient.at(0, j) += dy;
      x->gradient.at(r, j) += dNormal / deviation;
      dVariance += dNormal * off * -0.5 * std::pow(deviation, -3);
      dMean -= dNormal / deviation;
    }
    for (int r = 0; r < rows && ofBatch; ++r)
      x->gradient.at(r, j) +=
          dVariance * 2 * (x->value.at(r, j) - center[j]) / rows + dMean / rows;
  }
}

std::string BatchNormNode::getText(const std::string &element) const {
  std::string text = "keel.batch_norm " + x->ssa;
  for (Held *operand : {gamma, beta, mean, variance})
    text += ", " + operand->ssa;
  text += " {decay = " + format(settings.decay) +
          ", epsilon = " + format(settings.epsilon);
  if (settings.unbiased)
    text += ", running_variance = \"unbiased\"";
  if (settings.frozen)
    text += ", frozen = true";
  return text + "} : " + getType(element);
}

void LayerNormNode::forward(bool) {
  value = x->value;
  center.assign(value.rows, 0.0);
  spread.assign(value.rows, 0.0);
  for (int r = 0; r < value.rows; ++r) {
    for (int j = 0; j < features; ++j)
      center[r] += x->value.at(r, j) / features;
    for (int j = 0; j < features; ++j)
      spread[r] += std::pow(x->value.at(r, j) - center[r], 2) / features;
    for (int j = 0; j < features; ++j)
      value.at(r, j) = (x->value.at(r, j) - center[r]) /
                           std::sqrt(spread[r] + epsilon) *
                           gamma->value.at(0, j) +
                       beta->value.at(0, j);
  }
}

// As batch norm's, with rows and features exchanged.
void LayerNormNode::backward() {
  for (int r = 0; r < value.rows; ++r) {
    double deviation = std::sqrt(spread[r] + epsilon);
    double dMean = 0, dVariance = 0;
    for (int j = 0; j < features; ++j) {
      double dy = gradient.at(r, j), off = x->value.at(r, j) - center[r];
      double dNormal = dy * gamma->value.at(0, j);
      gamma->gradient.at(0, j) += dy * off / deviation;
      beta->gradient.at(0, j) += dy;
      x->gradient.at(r, j) += dNormal / deviation;
      dVariance += dNormal * off * -0.5 * std::pow(deviation, -3);
      dMean -= dNormal / deviation;
    }
    for (int j = 0; j < features; ++j)
      x->gradient.at(r, j) +=
          dVariance * 2 * (x->value.at(r, j) - center[r]) / features +
          dMean / features;
  }
}

std::string LayerNormNode::getText(const std::string &element) const {
  return "keel.layer_norm " + x->ssa + ", " + gamma->ssa + ", " + beta->ssa +
         " {epsilon = " + format(epsilon) + "} : " + getType(element);
}

void RmsNormNode::forward(bool) {
  value = x->value;
  root.assign(value.rows, 0.0);
  for (int r = 0; r < value.rows; ++r) {
    for (int j = 0; j < features; ++j)
      root[r] += std::pow(x->value.at(r, j), 2) / features;
    root[r] = std::sqrt(root[r] + epsilon);
    for (int j = 0; j < features; ++j)
      value.at(r, j) = x->value.at(r, j) / root[r] * gamma->value.at(0, j);
  }
}

// Through the root: d root / d x_j = x_j / (n root).
void RmsNormNode::backward() {
  for (int r = 0; r < value.rows; ++r) {
    double dRoot = 0;
    for (int j = 0; j < features; ++j) {
      double dNormal = gradient.at(r, j) * gamma->value.at(0, j);
      gamma->gradient.at(0, j) +=
          gradient.at(r, j) * x->value.at(r, j) / root[r];
      x->gradient.at(r, j) += dNormal / root[r];
      dRoot -= dNormal * x->value.at(r, j) / (root[r] * root[r]);
    }
    for (int j = 0; j < features; ++j)
      x->gradient.at(r, j) += dRoot * x->value.at(r, j) / (features * root[r]);
  }
}

std::string RmsNormNode::getText(const std::string &element) const {
  return "keel.rms_norm " + x->ssa + ", " + gamma->ssa +
         " {epsilon = " + format(epsilon) + "} : " + getType(element);
}

void StandardizeNode::forward(bool) {
  value = x->value;
  for (int r = 0; r < value.rows; ++r)
    for (int j = 0; j < features; ++j)
      value.at(r, j) = (value.at(r, j) - mean->value.at(0, j)) /
                       std::sqrt(variance->value.at(0, j) + epsilon);
}

void StandardizeNode::backward() {
  for (int r = 0; r < value.rows; ++r)
    for (int j = 0; j < features; ++j)
      x->gradient.at(r, j) +=
          gradient.at(r, j) / std::sqrt(variance->value.at(0, j) + epsilon);
}

std::string StandardizeNode::getText(const std::string &element) const {
  return "keel.standardize " + x->ssa + ", " + mean->ssa + ", " +
         variance->ssa + " {epsilon = " + format(epsilon) +
         "} : " + getType(element);
}
