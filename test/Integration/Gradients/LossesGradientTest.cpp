//===- LossesGradientTest.cpp - Gradients of several losses together ------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "GradientTest.h"
#include "gtest/gtest.h"
#include <cstring>

using namespace keel;
using namespace keel::test;

/// Two inputs, a trunk whose weight and bias serve twice with a shortcut around
/// both, a head for each loss and one result without. The weight of one head is
/// frozen. Nothing has a kink.
static std::string getText(const std::string &losses) {
  return "keel.model @heads(%a: tensor<?x3xf64>, %b: tensor<?x2xf64>)"
         " -> (tensor<?x4xf64> {keel.name = \"logits\"}, tensor<?x5xf64>,"
         " tensor<?x3xf64> {keel.name = \"aux\"}, tensor<?x2xf64>)"
         " attributes {loss = {" +
         losses + R"(}, optimizer = #keel.sgd<learning_rate = 0.1>} {
  %u = keel.param "u" init(#keel.normal<stddev = 0.7>) : tensor<3x5xf64>
  %v = keel.param "v" init(#keel.normal<stddev = 0.7>) : tensor<2x5xf64>
  %w = keel.param "w" init(#keel.normal<stddev = 0.7>) : tensor<5x5xf64>
  %c = keel.param "c" init(#keel.normal<stddev = 0.7>) : tensor<5xf64>
  %o = keel.param "o" init(#keel.normal<stddev = 0.7>) : tensor<5x4xf64>
  %f = keel.param "frozen" init(#keel.normal<stddev = 0.7>) {trainable = false} : tensor<5x3xf64>
  %g = keel.param "g" init(#keel.normal<stddev = 0.7>) : tensor<3xf64>
  %k = keel.param "k" init(#keel.normal<stddev = 0.7>) : tensor<5x2xf64>
  %p = keel.dense %a, %u, %c : tensor<?x3xf64>, tensor<3x5xf64>, tensor<5xf64>
  %q = keel.dense %b, %v : tensor<?x2xf64>, tensor<2x5xf64>
  %s = keel.add %p, %q : tensor<?x5xf64>
  %h = keel.tanh %s : tensor<?x5xf64>
  %z0 = keel.dense %h, %w, %c : tensor<?x5xf64>, tensor<5x5xf64>, tensor<5xf64>
  %h0 = keel.tanh %z0 : tensor<?x5xf64>
  %z1 = keel.dense %h0, %w, %c : tensor<?x5xf64>, tensor<5x5xf64>, tensor<5xf64>
  %h1 = keel.add %z1, %h : tensor<?x5xf64>
  %logits = keel.dense %h1, %o : tensor<?x5xf64>, tensor<5x4xf64>
  %aux = keel.dense %h1, %f, %g : tensor<?x5xf64>, tensor<5x3xf64>, tensor<3xf64>
  %kinds = keel.dense %h, %k : tensor<?x5xf64>, tensor<5x2xf64>
  keel.return %logits, %h1, %aux, %kinds : tensor<?x4xf64>, tensor<?x5xf64>, tensor<?x3xf64>, tensor<?x2xf64>
})";
}

static const std::string kLogits = "logits = #keel.softmax_cross_entropy",
                         kAux = "aux = #keel.mean_squared_error",
                         kKinds = "output_3 = #keel.softmax_cross_entropy";

namespace {

/// Drawn rows for what a model's table asks for, by name: floats are f64.
class Rows {
public:
  Rows(const keel_model &model, int rows, Draw &draw) : count(rows) {
    for (int i = 0; i < model.num_inputs; ++i)
      add(model.inputs[i], 0, draw);
    for (int i = 0; i < model.num_labels; ++i)
      add(model.labels[i], model.label_classes[i], draw);
  }

  double gradStep(Session &session) {
    std::vector<const void *> inputs, labels;
    for (int i = 0; i < session.model.num_inputs; ++i)
      inputs.push_back(data.at(session.model.inputs[i].name).data());
    for (int i = 0; i < session.model.num_labels; ++i)
      labels.push_back(data.at(session.model.labels[i].name).data());
    return session.gradStep(inputs.data(), labels.data(), count).value;
  }

private:
  void add(const keel_tensor &tensor, int64_t classes, Draw &draw) {
    std::vector<char> &bytes = data[tensor.name];
    for (int i = 0; i < count * (classes ? 1 : tensor.shape[1]); ++i) {
      double number = draw.normal();
      int32_t kind = classes ? draw.size(0, int(classes) - 1) : 0;
      size_t size = classes ? sizeof kind : sizeof number;
      bytes.resize(bytes.size() + size);
      std::memcpy(bytes.data() + bytes.size() - size,
                  classes ? static_cast<void *>(&kind) : &number, size);
    }
  }

  int count;
  std::map<std::string, std::vector<char>> data;
};

} // namespace

static bool isTrained(const std::string &name) { return name != "frozen"; }

TEST(LossesGradient, SharedTrunkAndWeights) {
  auto jit = compile(getText(kLogits + ", " + kAux + ", " + kKinds));
  ASSERT_TRUE(jit);
  const keel_model &model = jit->model();
  ASSERT_EQ(model.num_labels, 3);
  const int64_t classes[] = {4, 0, 2};
  const char *names[] = {"logits", "aux", "output_3"};
  for (int i = 0; i < 3; ++i) {
    EXPECT_STREQ(model.labels[i].name, names[i]);
    EXPECT_STREQ(model.label_outputs[i], names[i]);
    EXPECT_EQ(model.label_classes[i], classes[i]);
  }
  Session session(model);
  Draw draw(1);
  for (int rows = 1; rows <= 7; ++rows) {
    session.init(rows);
    Rows data(model, rows, draw);
    SCOPED_TRACE(std::to_string(rows) + " rows");
    checkPoint(session, [&] { return data.gradStep(session); }, isTrained);
  }
}

/// What central differences do not show: the loss is the sum of those that
/// models of one loss each compute, added in the results' order.
TEST(LossesGradient, LossIsTheSum) {
  auto all = compile(getText(kKinds + ", " + kLogits + ", " + kAux));
  ASSERT_TRUE(all);
  Session session(all->model());
  session.init(3);
  Draw draw(2);
  Rows data(all->model(), 7, draw);
  double sum = 0;
  for (const std::string &loss : {kLogits, kAux, kKinds}) {
    auto one = compile(getText(loss));
    ASSERT_TRUE(one);
    Session alone(one->model());
    alone.init(3);
    sum += data.gradStep(alone);
  }
  // The same operations, and sums of three numbers in one order.
  EXPECT_EQ(data.gradStep(session), sum);
}
