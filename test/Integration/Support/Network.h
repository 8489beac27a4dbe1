//===- Network.h - Networks in plain loops, to compare compiled ones with -===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

// A network is built node by node; it writes itself as a model's text and
// computes itself in f64, forward and backward, without anything of Keel's.

#ifndef KEEL_TEST_INTEGRATION_SUPPORT_NETWORK_H
#define KEEL_TEST_INTEGRATION_SUPPORT_NETWORK_H

#include "Activations.h"
#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <vector>

namespace keel::test {

/// Rows of numbers; a vector has one row.
struct Matrix {
  Matrix() = default;
  Matrix(int rows, int cols) : rows(rows), cols(cols), data(rows * cols) {}
  double &at(int r, int c) { return data[r * cols + c]; }
  double at(int r, int c) const { return data[r * cols + c]; }

  int rows = 0, cols = 0;
  std::vector<double> data;
};

/// A parameter or a state.
struct Held {
  std::string name, ssa, initializer;
  bool isState = false, isVector = false;
  bool trainable = true, decays = false;
  Matrix value, gradient;
  Matrix next; ///< a state's value after the step, if training updates it

  std::string getType(const std::string &element) const;
};

/// One op, whose result is a row of numbers for each row of the batch.
class Node {
public:
  virtual ~Node() = default;
  virtual void forward(bool training) = 0;
  /// Adds to the gradients of what it reads, from its own.
  virtual void backward() = 0;
  virtual std::string getText(const std::string &element) const = 0;
  /// How far its input is from where it has no derivative.
  virtual double getKinkDistance() const {
    return std::numeric_limits<double>::infinity();
  }

  std::string getType(const std::string &element) const;

  std::string ssa;
  int features = 0;
  Matrix value, gradient;
};

/// The inputs of a step: rows, and a class or a target for each.
struct Batch {
  Matrix input, targets;
  std::vector<int32_t> classes;
};

enum class Loss { classes, squares, signs, absolute, huber };

/// What dropout masks are drawn by.
struct RandomPosition {
  int64_t seed = 0, step = 0, firstRow = 0;
};

struct BatchNormSettings {
  double decay = 0.9, epsilon = 1e-5;
  bool unbiased = false, frozen = false;
};

class Network {
public:
  Network(std::string element, int features, Loss loss);

  Node *input() { return nodes.front().get(); }
  /// `rows` 0 is a vector.
  Held *param(const std::string &name, int rows, int cols,
              const std::string &initializer = "#keel.normal<stddev = 0.5>");
  Held *state(const std::string &name, int cols,
              const std::string &initializer);

  Node *dense(Node *x, Held *weight, Held *bias = nullptr);
  /// With a weight and a bias of its own, NAME.weight and NAME.bias.
  Node *dense(Node *x, const std::string &name, int out, bool bias = true);
  Node *activation(Node *x, Activation activation);
  Node *activation(Node *x, const std::string &kind) {
    return activation(x, getActivation(kind));
  }
  Node *leakyRelu(Node *x, double slope) {
    return activation(x, getActivation("leaky_relu", slope));
  }
  /// With a parameter NAME.slope of one value a feature, or one in all.
  Node *prelu(Node *x, const std::string &name, bool shared = false);
  Node *softmax(Node *x);
  Node *logSoftmax(Node *x);
  /// An activation by its name, whatever it needs: those of
  /// getUnaryKinds. Parameters are NAME.slope.
  Node *unary(Node *x, const std::string &kind, const std::string &name);
  /// An op of arith or math, such as "arith.mulf" or "math.exp".
  Node *elementwise(const std::string &op, Node *a, Node *b = nullptr);
  Node *add(Node *a, Node *b) { return binary("add", a, b); }
  /// add, sub or mul.
  Node *binary(const std::string &kind, Node *a, Node *b);
  Node *addToRows(Node *x, Held *vector) { return binary("add", x, vector); }
  Node *binary(const std::string &kind, Node *x, Held *vector);
  Node *concat(const std::vector<Node *> &parts);
  Node *dropout(Node *x, double rate);
  /// With parameters and states NAME.gamma, .beta, .mean, .variance.
  Node *batchNorm(Node *x, const std::string &name,
                  const BatchNormSettings &settings = {});
  Node *layerNorm(Node *x, const std::string &name, double epsilon = 1e-5);
  Node *rmsNorm(Node *x, const std::string &name, double epsilon = 1e-5);
  Node *standardize(Node *x, const std::string &name, double epsilon = 1e-5);

  /// The model's text; `attributes` are those beside the loss.
  std::string getText(const std::string &attributes) const;

  /// The outputs.
  const Matrix &forward(const Matrix &x, bool training);
  /// The loss of the last forward pass; the gradient if `withGradient`.
  double getLoss(const Batch &batch, bool withGradient = false);
  /// Rows of classes, elements of signs.
  int countCorrect(const Batch &batch) const;
  /// How far the last forward pass, and its loss, are from where they have no
  /// derivative, or none of the second order.
  double getKinkDistance(const Batch &batch) const;
  /// The parameter or state of that name, or null.
  Held *find(const std::string &name) const;
  int getOutputs() const { return nodes.back()->features; }

  std::string element;
  Loss loss;
  RandomPosition random;
  double delta = 1.0; ///< of the Huber loss
  std::vector<std::unique_ptr<Held>> held;

private:
  template <typename T> Node *append(T node, int features);
  std::string getLossText() const;
  double computeLoss(const Batch &batch, bool withGradient);

  std::vector<std::unique_ptr<Node>> nodes;
  uint32_t numDropouts = 0;
};

/// getActivationKinds and prelu, shared_prelu (of one slope), softmax and
/// log_softmax.
std::vector<std::string> getUnaryKinds();

/// A number as a model's text has it, all digits.
std::string format(double value);

} // namespace keel::test

#endif // KEEL_TEST_INTEGRATION_SUPPORT_NETWORK_H
