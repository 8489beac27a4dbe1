//===- Nodes.h - Layers in plain loops ------------------------------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef KEEL_TEST_INTEGRATION_SUPPORT_NODES_H
#define KEEL_TEST_INTEGRATION_SUPPORT_NODES_H

#include "Network.h"

namespace keel::test {

struct InputNode : Node {
  void forward(bool) override {}
  void backward() override {}
  std::string getText(const std::string &) const override { return {}; }
};

struct DenseNode : Node {
  Node *x;
  Held *weight, *bias;
  DenseNode(Node *x, Held *weight, Held *bias)
      : x(x), weight(weight), bias(bias) {}
  void forward(bool training) override;
  void backward() override;
  std::string getText(const std::string &element) const override;
};

struct ActivationNode : Node {
  Node *x;
  Activation activation;
  ActivationNode(Node *x, Activation activation)
      : x(x), activation(std::move(activation)) {}
  void forward(bool training) override;
  void backward() override;
  std::string getText(const std::string &element) const override;
  double getKinkDistance() const override;
};

struct PreluNode : Node {
  Node *x;
  Held *slope; ///< one value a feature, or one
  PreluNode(Node *x, Held *slope) : x(x), slope(slope) {}
  void forward(bool training) override;
  void backward() override;
  std::string getText(const std::string &element) const override;
  double getKinkDistance() const override;
};

struct SoftmaxNode : Node {
  Node *x;
  bool isLog;
  SoftmaxNode(Node *x, bool isLog) : x(x), isLog(isLog) {}
  void forward(bool training) override;
  void backward() override;
  std::string getText(const std::string &element) const override;
};

/// add, sub or mul.
struct BinaryNode : Node {
  Node *a, *b;
  std::string kind;
  BinaryNode(Node *a, Node *b, std::string kind)
      : a(a), b(b), kind(std::move(kind)) {}
  void forward(bool training) override;
  void backward() override;
  std::string getText(const std::string &element) const override;
};

/// The same with a vector, for each row.
struct BinaryWithVectorNode : Node {
  Node *x;
  Held *vector;
  std::string kind;
  BinaryWithVectorNode(Node *x, Held *vector, std::string kind)
      : x(x), vector(vector), kind(std::move(kind)) {}
  void forward(bool training) override;
  void backward() override;
  std::string getText(const std::string &element) const override;
};

struct ConcatNode : Node {
  std::vector<Node *> parts;
  explicit ConcatNode(std::vector<Node *> parts) : parts(std::move(parts)) {}
  void forward(bool training) override;
  void backward() override;
  std::string getText(const std::string &element) const override;
};

/// Draws its mask as keel.dropout_train's description says, by the runtime's
/// Philox.
struct DropoutNode : Node {
  Node *x;
  double rate;
  uint32_t ordinal;
  const RandomPosition &at;
  DropoutNode(Node *x, double rate, uint32_t ordinal, const RandomPosition &at)
      : x(x), rate(rate), ordinal(ordinal), at(at) {}
  void forward(bool training) override;
  void backward() override;
  std::string getText(const std::string &element) const override;

private:
  Matrix factor;
};

/// An op of arith or math, of one operand or two.
struct ElementwiseNode : Node {
  std::string op;
  Node *a, *b;
  ElementwiseNode(std::string op, Node *a, Node *b)
      : op(std::move(op)), a(a), b(b) {}
  void forward(bool training) override;
  void backward() override;
  std::string getText(const std::string &element) const override;
  double getKinkDistance() const override;
};

struct BatchNormNode : Node {
  Node *x;
  Held *gamma, *beta, *mean, *variance;
  BatchNormSettings settings;
  BatchNormNode(Node *x, Held *gamma, Held *beta, Held *mean, Held *variance,
                const BatchNormSettings &settings)
      : x(x), gamma(gamma), beta(beta), mean(mean), variance(variance),
        settings(settings) {}
  void forward(bool training) override;
  void backward() override;
  std::string getText(const std::string &element) const override;

private:
  bool ofBatch = false; ///< whether the last pass used the batch's statistics
  std::vector<double> center, spread; ///< mean and variance, a feature
};

struct LayerNormNode : Node {
  Node *x;
  Held *gamma, *beta;
  double epsilon;
  LayerNormNode(Node *x, Held *gamma, Held *beta, double epsilon)
      : x(x), gamma(gamma), beta(beta), epsilon(epsilon) {}
  void forward(bool training) override;
  void backward() override;
  std::string getText(const std::string &element) const override;

private:
  std::vector<double> center, spread; ///< mean and variance, a row
};

struct RmsNormNode : Node {
  Node *x;
  Held *gamma;
  double epsilon;
  RmsNormNode(Node *x, Held *gamma, double epsilon)
      : x(x), gamma(gamma), epsilon(epsilon) {}
  void forward(bool training) override;
  void backward() override;
  std::string getText(const std::string &element) const override;

private:
  std::vector<double> root; ///< of the mean square, a row
};

struct StandardizeNode : Node {
  Node *x;
  Held *mean, *variance;
  double epsilon;
  StandardizeNode(Node *x, Held *mean, Held *variance, double epsilon)
      : x(x), mean(mean), variance(variance), epsilon(epsilon) {}
  void forward(bool training) override;
  void backward() override;
  std::string getText(const std::string &element) const override;
};

} // namespace keel::test

#endif // KEEL_TEST_INTEGRATION_SUPPORT_NODES_H
