//===- Network.cpp - Networks in plain loops ------------------------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Nodes.h"
#include <algorithm>
#include <cmath>
#include <cstdio>

using namespace keel::test;

std::string keel::test::format(double value) {
  char text[40];
  std::snprintf(text, sizeof(text), "%.17e", value);
  return text;
}

std::string Held::getType(const std::string &element) const {
  std::string rows = isVector ? "" : std::to_string(value.rows) + "x";
  return "tensor<" + rows + std::to_string(value.cols) + "x" + element + ">";
}

std::string Node::getType(const std::string &element) const {
  return "tensor<?x" + std::to_string(features) + "x" + element + ">";
}

Network::Network(std::string element, int features, Loss loss)
    : element(std::move(element)), loss(loss) {
  append(InputNode(), features)->ssa = "%x";
}

template <typename T> Node *Network::append(T node, int features) {
  nodes.push_back(std::make_unique<T>(std::move(node)));
  nodes.back()->ssa = "%v" + std::to_string(nodes.size());
  nodes.back()->features = features;
  return nodes.back().get();
}

Held *Network::param(const std::string &name, int rows, int cols,
                     const std::string &initializer) {
  auto param = std::make_unique<Held>();
  param->name = name;
  param->ssa = "%p" + std::to_string(held.size());
  param->initializer = initializer;
  param->isVector = rows == 0;
  param->value = Matrix(std::max(rows, 1), cols);
  held.push_back(std::move(param));
  return held.back().get();
}

Held *Network::state(const std::string &name, int cols,
                     const std::string &initializer) {
  Held *state = param(name, 0, cols, initializer);
  state->isState = true;
  return state;
}

Node *Network::dense(Node *x, Held *weight, Held *bias) {
  return append(DenseNode(x, weight, bias), weight->value.cols);
}

Node *Network::dense(Node *x, const std::string &name, int out, bool bias) {
  Held *weight =
      param(name + ".weight", x->features, out, "#keel.xavier_normal");
  return dense(x, weight, bias ? param(name + ".bias", 0, out) : nullptr);
}

Node *Network::activation(Node *x, Activation activation) {
  return append(ActivationNode(x, std::move(activation)), x->features);
}

Node *Network::prelu(Node *x, const std::string &name, bool shared) {
  Held *slope = param(name + ".slope", 0, shared ? 1 : x->features,
                      "#keel.uniform<low = 0.1, high = 0.4>");
  return append(PreluNode(x, slope), x->features);
}

Node *Network::softmax(Node *x) {
  return append(SoftmaxNode(x, /*isLog=*/false), x->features);
}

Node *Network::logSoftmax(Node *x) {
  return append(SoftmaxNode(x, /*isLog=*/true), x->features);
}

Node *Network::unary(Node *x, const std::string &kind,
                     const std::string &name) {
  if (kind == "softmax")
    return softmax(x);
  if (kind == "log_softmax")
    return logSoftmax(x);
  if (kind == "prelu" || kind == "shared_prelu")
    return prelu(x, name, /*shared=*/kind != "prelu");
  return activation(x, kind);
}

std::vector<std::string> keel::test::getUnaryKinds() {
  std::vector<std::string> kinds = getActivationKinds();
  for (const char *kind : {"prelu", "shared_prelu", "softmax", "log_softmax"})
    kinds.push_back(kind);
  return kinds;
}

Node *Network::binary(const std::string &kind, Node *a, Node *b) {
  return append(BinaryNode(a, b, kind), a->features);
}

Node *Network::binary(const std::string &kind, Node *x, Held *vector) {
  return append(BinaryWithVectorNode(x, vector, kind), x->features);
}

Node *Network::concat(const std::vector<Node *> &parts) {
  int features = 0;
  for (Node *part : parts)
    features += part->features;
  return append(ConcatNode(parts), features);
}

Node *Network::dropout(Node *x, double rate) {
  return append(DropoutNode(x, rate, numDropouts++, random), x->features);
}

Node *Network::elementwise(const std::string &op, Node *a, Node *b) {
  return append(ElementwiseNode(op, a, b), a->features);
}

Node *Network::batchNorm(Node *x, const std::string &name,
                         const BatchNormSettings &settings) {
  int n = x->features;
  Held *gamma =
      param(name + ".gamma", 0, n, "#keel.uniform<low = 0.5, high = 1.5>");
  Held *beta = param(name + ".beta", 0, n);
  Held *mean = state(name + ".mean", n, "#keel.normal<stddev = 0.5>");
  Held *variance =
      state(name + ".variance", n, "#keel.uniform<low = 0.5, high = 2.0>");
  return append(BatchNormNode(x, gamma, beta, mean, variance, settings), n);
}

Node *Network::layerNorm(Node *x, const std::string &name, double epsilon) {
  int n = x->features;
  Held *gamma =
      param(name + ".gamma", 0, n, "#keel.uniform<low = 0.5, high = 1.5>");
  return append(LayerNormNode(x, gamma, param(name + ".beta", 0, n), epsilon),
                n);
}

Node *Network::rmsNorm(Node *x, const std::string &name, double epsilon) {
  Held *gamma = param(name + ".gamma", 0, x->features,
                      "#keel.uniform<low = 0.5, high = 1.5>");
  return append(RmsNormNode(x, gamma, epsilon), x->features);
}

Node *Network::standardize(Node *x, const std::string &name, double epsilon) {
  int n = x->features;
  Held *mean = state(name + ".mean", n, "#keel.normal<stddev = 0.5>");
  Held *variance =
      state(name + ".variance", n, "#keel.uniform<low = 0.5, high = 2.0>");
  return append(StandardizeNode(x, mean, variance, epsilon), n);
}

std::string Network::getLossText() const {
  switch (loss) {
  case Loss::classes:
    return "softmax_cross_entropy";
  case Loss::squares:
    return "mean_squared_error";
  case Loss::signs:
    return "sigmoid_cross_entropy";
  case Loss::absolute:
    return "mean_absolute_error";
  case Loss::huber:
    return "huber<delta = " + format(delta) + ">";
  }
  return {};
}

std::string Network::getText(const std::string &attributes) const {
  const Node &input = *nodes.front(), &output = *nodes.back();
  std::string text = "keel.model @network(%x: " + input.getType(element) +
                     ") -> " + output.getType(element) +
                     " attributes {loss = #keel." + getLossText();
  text += (attributes.empty() ? "" : ", ") + attributes + "} {\n";
  for (const auto &h : held)
    text += "  " + h->ssa + " = keel." + (h->isState ? "state" : "param") +
            " \"" + h->name + "\" init(" + h->initializer + ")" +
            (h->trainable ? "" : " {trainable = false}") +
            (h->decays ? " {decay = true}" : "") + " : " + h->getType(element) +
            "\n";
  for (const auto &node : nodes)
    if (node != nodes.front())
      text += "  " + node->ssa + " = " + node->getText(element) + "\n";
  return text + "  keel.return " + output.ssa + " : " +
         output.getType(element) + "\n}\n";
}

const Matrix &Network::forward(const Matrix &x, bool training) {
  nodes.front()->value = x;
  for (const auto &node : nodes)
    node->forward(training);
  return nodes.back()->value;
}

/// The loss of one element, and its derivative.
static std::pair<double, double> compare(Loss loss, double delta, double y,
                                         double t) {
  double off = y - t, magnitude = std::abs(off), sign = (off > 0) - (off < 0);
  if (loss == Loss::signs)
    return {std::log(1 + std::exp(y)) - y * t, 1 / (1 + std::exp(-y)) - t};
  if (loss == Loss::absolute)
    return {magnitude, sign};
  if (loss == Loss::huber && magnitude > delta)
    return {delta * (magnitude - delta / 2), delta * sign};
  if (loss == Loss::huber)
    return {off * off / 2, off};
  return {off * off, 2 * off};
}

double Network::computeLoss(const Batch &batch, bool withGradient) {
  Node &output = *nodes.back();
  int rows = output.value.rows, cols = output.features;
  double sum = 0;
  for (int r = 0; r < rows; ++r) {
    double exponentials = 0;
    for (int j = 0; j < cols; ++j)
      exponentials += std::exp(output.value.at(r, j));
    if (loss == Loss::classes)
      sum += (std::log(exponentials) - output.value.at(r, batch.classes[r])) /
             rows;
    for (int j = 0; j < cols; ++j) {
      double y = output.value.at(r, j), derivative;
      if (loss == Loss::classes) {
        derivative =
            (std::exp(y) / exponentials - (j == batch.classes[r])) / rows;
      } else {
        auto [value, slope] = compare(loss, delta, y, batch.targets.at(r, j));
        sum += value / (rows * cols);
        derivative = slope / (rows * cols);
      }
      if (withGradient)
        output.gradient.at(r, j) += derivative;
    }
  }
  return sum;
}

double Network::getLoss(const Batch &batch, bool withGradient) {
  if (!withGradient)
    return computeLoss(batch, false);
  for (const auto &node : nodes)
    node->gradient = Matrix(node->value.rows, node->value.cols);
  for (const auto &h : held)
    h->gradient = Matrix(h->value.rows, h->value.cols);
  double value = computeLoss(batch, true);
  std::for_each(nodes.rbegin(), nodes.rend(),
                [](const auto &node) { node->backward(); });
  return value;
}

int Network::countCorrect(const Batch &batch) const {
  const Matrix &y = nodes.back()->value;
  int count = 0;
  for (int r = 0; r < y.rows && loss == Loss::classes; ++r) {
    auto first = y.data.begin() + r * y.cols;
    auto largest = std::max_element(first, first + y.cols);
    count += largest - first == batch.classes[r];
  }
  for (size_t i = 0; i < y.data.size() && loss == Loss::signs; ++i)
    count += (y.data[i] > 0) == (batch.targets.data[i] > 0.5);
  return count;
}

Held *Network::find(const std::string &name) const {
  for (const auto &h : held)
    if (h->name == name)
      return h.get();
  return nullptr;
}

double Network::getKinkDistance(const Batch &batch) const {
  double distance = std::numeric_limits<double>::infinity();
  for (const auto &node : nodes)
    distance = std::min(distance, node->getKinkDistance());
  if (loss != Loss::absolute && loss != Loss::huber)
    return distance;
  const Matrix &y = nodes.back()->value;
  for (size_t i = 0; i < y.data.size(); ++i) {
    double magnitude = std::abs(y.data[i] - batch.targets.data[i]);
    double kink = loss == Loss::huber ? delta : 0.0;
    distance = std::min(distance, std::abs(magnitude - kink));
  }
  return distance;
}
