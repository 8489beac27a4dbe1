//===- RandomNetwork.cpp - Networks of all ops, put together at random ----===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "RandomNetwork.h"
#include "Draw.h"
#include <regex>

using namespace keel;
using namespace keel::test;

namespace {

class Generator {
public:
  Generator(unsigned seed, const std::string &element)
      : draw(seed), network(std::make_unique<Network>(element, draw.size(1, 6),
                                                      drawLoss())) {}

  std::unique_ptr<Network> run();

private:
  Loss drawLoss() {
    static constexpr Loss losses[] = {Loss::classes, Loss::squares, Loss::signs,
                                      Loss::absolute, Loss::huber};
    return losses[draw.size(0, 4)];
  }
  bool toss(int outOf) { return draw.size(1, outOf) == 1; }
  std::string getName() { return "n" + std::to_string(next++); }
  Node *drawNode(int features);
  Node *dense(Node *x, int features);
  Node *norm(Node *x);
  Node *binary(Node *x);
  Node *concat(Node *x);
  Node *append(Node *x);

  Draw draw;
  std::unique_ptr<Network> network;
  std::vector<Node *> nodes;
  std::vector<Held *> weights;
  int next = 0;
};

/// A node drawn before, of as many features if that is not 0.
Node *Generator::drawNode(int features) {
  std::vector<Node *> fitting;
  for (Node *node : nodes)
    if (!features || node->features == features)
      fitting.push_back(node);
  return fitting[draw.size(0, int(fitting.size()) - 1)];
}

/// Now and then with a weight that another layer has.
Node *Generator::dense(Node *x, int features) {
  for (Held *weight : weights)
    if (weight->value.rows == x->features && toss(3))
      return network->dense(x, weight);
  std::string name = getName();
  Node *y = network->dense(x, name, features, /*bias=*/!toss(3));
  weights.push_back(network->find(name + ".weight"));
  return y;
}

/// Epsilons are large enough for differences over small batches, where nearly
/// equal rows would make a norm's curvature as large as they please.
Node *Generator::norm(Node *x) {
  std::string name = getName();
  switch (draw.size(0, 3)) {
  case 0:
    return network->batchNorm(
        x, name,
        {.decay = 0.8, .epsilon = 0.1, .unbiased = toss(2), .frozen = toss(3)});
  case 1:
    return network->layerNorm(x, name, 0.1);
  case 2:
    return network->rmsNorm(x, name, 0.1);
  default:
    return network->standardize(x, name, 0.1);
  }
}

Node *Generator::binary(Node *x) {
  static const char *const kinds[] = {"add", "sub", "mul"};
  const char *kind = kinds[draw.size(0, 2)];
  if (toss(3))
    return network->binary(kind, x, network->param(getName(), 0, x->features));
  return network->binary(kind, x, drawNode(x->features));
}

Node *Generator::concat(Node *x) {
  std::vector<Node *> parts = {x};
  for (int i = draw.size(1, 2); i > 0; --i)
    parts.push_back(drawNode(0));
  return network->concat(parts);
}

Node *Generator::append(Node *x) {
  std::vector<std::string> kinds = getUnaryKinds();
  switch (draw.size(0, 7)) {
  case 0:
    return norm(x);
  case 1:
    return binary(x);
  case 2:
    return x->features > 12 ? dense(x, draw.size(1, 6)) : concat(x);
  case 3:
    return network->dropout(x, draw.size(0, 6) / 10.0);
  case 4:
    return dense(x, draw.size(1, 8));
  default:
    return network->unary(x, kinds[draw.size(0, int(kinds.size()) - 1)],
                          getName());
  }
}

std::unique_ptr<Network> Generator::run() {
  Node *x = dense(network->input(), draw.size(2, 8));
  nodes = {network->input(), x};
  for (int i = draw.size(2, 9); i > 0; --i) {
    // Mostly a chain, with branches that may stay unused.
    x = append(toss(6) ? drawNode(0) : x);
    nodes.push_back(x);
  }
  dense(x, draw.size(2, 5));
  for (const auto &held : network->held)
    held->trainable = held->isState || !toss(12);
  // One parameter at least is trained.
  network->held.front()->trainable = true;
  return std::move(network);
}

} // namespace

std::unique_ptr<Network> test::drawNetwork(unsigned seed,
                                           const std::string &element) {
  return Generator(seed, element).run();
}

void test::countOps(const std::string &text,
                    std::map<std::string, int> &counts) {
  static const std::regex op("= (keel\\.[a-z_]+)");
  for (std::sregex_iterator it(text.begin(), text.end(), op), end; it != end;
       ++it)
    ++counts[(*it)[1]];
}
