//===- TelemetryTest.cpp - What a measured step tells, and changes --------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "keel/Runtime/Telemetry.h"
#include "RandomNetwork.h"
#include "TrainingTest.h"
#include "gtest/gtest.h"
#include <cmath>

using namespace keel;
using namespace keel::test;

/// The model, with telemetry's grad_step for its own.
static keel_model getMeasured(const JitModule &jit) {
  keel_model model = jit.model();
  model.grad_step = jit.telemetry().grad_step;
  return model;
}

/// Four steps, the third of them on a partial batch: by the step's functions,
/// and by those that measure.
static void expectSameBits(Network &network, const Optimizer &optimizer,
                           const Clip &clip, unsigned seed) {
  SCOPED_TRACE(optimizer.getText() + ", seed " + std::to_string(seed));
  PlainTrainer trainer(network, optimizer, clip);
  std::string text = network.getText(trainer.getAttributes());
  auto plainJit = compile(text, {.maxRows = kRows});
  auto jit = compile(text, {.maxRows = kRows, .telemetry = true});
  ASSERT_TRUE(plainJit && jit);
  ASSERT_TRUE(jit->telemetry().grad_step);
  ASSERT_FALSE(plainJit->telemetry().grad_step);
  keel_model measuredModel = getMeasured(*jit);
  Session plain(plainJit->model()), other(jit->model()),
      measured(measuredModel);
  for (Session *session : {&plain, &other, &measured})
    session->init(seed);
  Draw draw(seed);
  for (int t = 0; t < 4; ++t) {
    Batch batch = draw.batch(network, t == 2 ? kLastRows : kRows);
    keel_result loss = plain.gradStep(batch, t, /*firstRow=*/3);
    for (Session *session : {&other, &measured})
      EXPECT_EQ(session->gradStep(batch, t, /*firstRow=*/3).value, loss.value);
    keel_result unused = {};
    keel_context context = {};
    keel_pool_context(nullptr, &context);
    jit->telemetry().apply_step(&context, measured.params.get(),
                                measured.states.get(), measured.slots.get(),
                                measured.grads.get(), t, &unused);
    keel_result applied = plain.applyStep(t);
    for (Session *session : {&other, &measured}) {
      EXPECT_EQ(session->applyStep(t).value, applied.value);
      EXPECT_TRUE(session->params == plain.params);
      EXPECT_TRUE(session->states == plain.states);
      EXPECT_TRUE(session->slots == plain.slots);
    }
  }
}

static const Optimizer kOptimizers[] = {
    {.rate = 0.1},
    {.rate = 0.05, .momentum = 0.9, .weightDecay = 0.01, .nesterov = true},
    {.kind = Optimizer::adamw, .rate = 0.02, .weightDecay = 0.3},
    {.kind = Optimizer::rmsprop, .rate = 0.005},
};
static const Clip kClips[] = {{}, {.kind = Clip::globalNorm, .limit = 0.05}};

TEST(Telemetry, LeavesTheStepItsBits) {
  const char *const norms[] = {"batch", "layer", ""};
  const char *const activations[] = {"relu", "tanh", "hard_sigmoid"};
  for (unsigned seed = 0; seed < 4; ++seed) {
    Network network = makeMlp(seed % 4 < 2 ? "f32" : "f64",
                              activations[seed % 3], norms[seed / 2 % 3],
                              seed % 2 ? Loss::squares : Loss::classes, seed);
    expectSameBits(network, kOptimizers[seed % 4], kClips[seed % 2], seed);
  }
}

TEST(Telemetry, LeavesRandomNetworksTheirBits) {
  for (unsigned seed = 0; seed < 5; ++seed) {
    auto network = drawNetwork(seed, seed % 3 ? "f32" : "f64");
    expectSameBits(*network, kOptimizers[seed % 4], kClips[seed % 2], seed);
  }
}

namespace {

/// An activation and its derivative, in plain loops.
struct PlainActivation {
  const char *op;
  double (*value)(double);
  double (*derivative)(double);
  double saturation; ///< 0 where nothing saturates
  bool isFlat;
};

/// Two dense layers with an activation between, trained by momentum.
class PlainNet {
public:
  static constexpr int kRows = 6, kInputs = 5, kHidden = 4, kOutputs = 3;
  static constexpr double kRate = 0.1, kMomentum = 0.9;

  PlainNet(const PlainActivation &activation, Session &session)
      : activation(activation), session(session) {}

  static std::string getText(const std::string &element,
                             const PlainActivation &activation);
  /// One step; then what telemetry should tell of h, a and y.
  std::vector<keel_layer_record> step(const std::vector<double> &x,
                                      const std::vector<double> &target);

private:
  std::vector<double> readParam(const char *name) const;

  const PlainActivation &activation;
  Session &session;
  std::map<std::string, std::vector<double>> velocities;
};

Matrix drawMatrix(Draw &draw, int rows, int columns) {
  Matrix matrix(rows, columns);
  for (double &value : matrix.data)
    value = float(draw.normal());
  return matrix;
}

double rms(const std::vector<double> &values) {
  double sum = 0.0;
  for (double value : values)
    sum += value * value;
  return std::sqrt(sum / double(values.size()));
}

/// a b, or with a transposed, or with b.
std::vector<double> multiply(const std::vector<double> &a,
                             const std::vector<double> &b, int m, int k, int n,
                             bool transA = false, bool transB = false) {
  std::vector<double> c(size_t(m) * n);
  for (int i = 0; i < m; ++i)
    for (int j = 0; j < n; ++j)
      for (int p = 0; p < k; ++p)
        c[i * n + j] += (transA ? a[p * m + i] : a[i * k + p]) *
                        (transB ? b[j * k + p] : b[p * n + j]);
  return c;
}

} // namespace

std::string PlainNet::getText(const std::string &element,
                              const PlainActivation &activation) {
  std::string text = R"(
keel.model @net(%x: tensor<?x5xT>) -> tensor<?x3xT>
    attributes {loss = #keel.mean_squared_error,
                optimizer = #keel.sgd<learning_rate = 0.1, momentum = 0.9>} {
  %w = keel.param "w" init(#keel.normal<stddev = 2.0>) : tensor<5x4xT>
  %b = keel.param "b" init(#keel.zeros) : tensor<4xT>
  %h = keel.dense %x, %w, %b : tensor<?x5xT>, tensor<5x4xT>, tensor<4xT>
  %a = keel.)" + std::string(activation.op) +
                     R"( %h : tensor<?x4xT>
  %v = keel.param "v" init(#keel.he_normal) : tensor<4x3xT>
  %y = keel.dense %a, %v : tensor<?x4xT>, tensor<4x3xT>
  keel.return %y : tensor<?x3xT>
}
)";
  for (size_t at; (at = text.find("xT>")) != std::string::npos;)
    text.replace(at, 3, "x" + element + ">");
  return text;
}

std::vector<double> PlainNet::readParam(const char *name) const {
  const keel_model &model = session.model;
  for (const keel_tensor &t : llvm::ArrayRef(model.params, model.num_params))
    if (std::string(t.name) == name)
      return read(session.params, t);
  return {};
}

std::vector<keel_layer_record>
PlainNet::step(const std::vector<double> &x,
               const std::vector<double> &target) {
  std::vector<double> w = readParam("w"), b = readParam("b"),
                      v = readParam("v");
  std::vector<double> h = multiply(x, w, kRows, kInputs, kHidden), a(h.size()),
                      slope(h.size());
  double saturated = 0.0, dead = 0.0;
  for (size_t i = 0; i < h.size(); ++i) {
    h[i] += b[i % kHidden];
    a[i] = activation.value(h[i]);
    slope[i] = activation.derivative(h[i]);
    saturated += std::abs(slope[i]) < activation.saturation;
  }
  for (int j = 0; j < kHidden; ++j) {
    bool isDead = true;
    for (int i = 0; i < kRows; ++i)
      isDead &= slope[i * kHidden + j] == 0.0;
    dead += isDead;
  }
  std::vector<double> y = multiply(a, v, kRows, kHidden, kOutputs), dy(y);
  for (size_t i = 0; i < y.size(); ++i)
    dy[i] = 2.0 / double(y.size()) * (y[i] - target[i]);
  std::vector<double> dv = multiply(a, dy, kHidden, kRows, kOutputs, true),
                      da = multiply(dy, v, kRows, kOutputs, kHidden, false,
                                    /*transB=*/true),
                      dh(da);
  for (size_t i = 0; i < dh.size(); ++i)
    dh[i] *= slope[i];
  std::vector<double> dw = multiply(x, dh, kInputs, kRows, kHidden, true);
  auto getUpdate = [&](const char *name, const std::vector<double> &gradient) {
    std::vector<double> &velocity = velocities[name], update;
    velocity.resize(gradient.size());
    for (size_t i = 0; i < gradient.size(); ++i) {
      velocity[i] = kMomentum * velocity[i] + gradient[i];
      update.push_back(kRate * velocity[i]);
    }
    return rms(update);
  };
  return {{rms(dw), getUpdate("w", dw), rms(w), rms(h), -1.0, -1.0, rms(dh)},
          {rms(da), -1.0, -1.0, rms(a),
           activation.saturation > 0.0 ? saturated / double(h.size()) : -1.0,
           activation.isFlat ? dead / kHidden : -1.0, rms(da)},
          {rms(dv), getUpdate("v", dv), rms(v), rms(y), -1.0, -1.0, rms(dy)}};
}

static void expectNear(const keel_layer_record &is,
                       const keel_layer_record &should, double tolerance) {
  auto compare = [&](const char *what, double a, double b) {
    EXPECT_NEAR(a, b, tolerance * std::abs(b)) << what;
  };
  compare("gradient", is.gradient_rms, should.gradient_rms);
  compare("update", is.update_rms, should.update_rms);
  compare("weight", is.weight_rms, should.weight_rms);
  compare("activation", is.activation_rms, should.activation_rms);
  compare("result gradient", is.result_gradient_rms,
          should.result_gradient_rms);
  EXPECT_EQ(is.saturated, should.saturated);
  EXPECT_EQ(is.dead, should.dead);
}

static const PlainActivation kActivations[] = {
    {"relu", [](double x) { return x > 0.0 ? x : 0.0; },
     [](double x) { return x > 0.0 ? 1.0 : 0.0; }, 0.0, true},
    {"tanh", [](double x) { return std::tanh(x); },
     [](double x) { return 1.0 - std::tanh(x) * std::tanh(x); }, 0.05, false},
    {"sigmoid", [](double x) { return 1.0 / (1.0 + std::exp(-x)); },
     [](double x) {
       double s = 1.0 / (1.0 + std::exp(-x));
       return s * (1.0 - s);
     },
     0.0125, false},
    {"hard_sigmoid",
     [](double x) { return std::fmin(std::fmax(x / 6.0 + 0.5, 0.0), 1.0); },
     [](double x) { return x > -3.0 && x < 3.0 ? 1.0 / 6.0 : 0.0; }, 0.05 / 6.0,
     true}};

/// Rounding of an update by the weight's own size, and of sums of a few terms.
static double getTolerance(const std::string &element) {
  return element == "f32" ? 1e-4 : 1e-12;
}

static void compareWithLoops(const std::string &element,
                             const PlainActivation &activation) {
  SCOPED_TRACE(element + " " + activation.op);
  auto jit = compile(PlainNet::getText(element, activation),
                     {.maxRows = PlainNet::kRows, .telemetry = true});
  ASSERT_TRUE(jit);
  keel_model model = getMeasured(*jit);
  Session session(model, /*threads=*/2);
  session.init(7);
  // A unit that no row reaches.
  for (const keel_tensor &t : llvm::ArrayRef(model.params, model.num_params))
    if (std::string(t.name) == "b")
      write(session.params, t, {0.5, -100.0, 0.0, 3.0});
  const keel_layer layers[] = {
      {"h", 4, 0, 20}, {"a", 4, 0, 0}, {"y", 3, 0, 12}};
  keel_telemetry telemetry = jit->telemetry();
  telemetry.layers = layers;
  telemetry.num_layers = 3;
  PlainNet plain(activation, session);
  Draw draw(11);
  for (int t = 0; t < 3; ++t) {
    Batch batch;
    batch.input = drawMatrix(draw, PlainNet::kRows, PlainNet::kInputs);
    batch.targets = drawMatrix(draw, PlainNet::kRows, PlainNet::kOutputs);
    std::vector<keel_layer_record> should =
        plain.step(batch.input.data, batch.targets.data);
    session.gradStep(batch, t);
    std::vector<double> values(KEEL_LAYER_VALUES * 3);
    keel_telemetry_add(&telemetry, session.grads.get(), 1.0, values.data());
    keel_result unused = {};
    keel_context context = {};
    keel_pool_context(nullptr, &context);
    telemetry.apply_step(&context, session.params.get(), session.states.get(),
                         session.slots.get(), session.grads.get(), t, &unused);
    keel_layer_record is[3];
    keel_telemetry_summarize(&telemetry, session.grads.get(), values.data(),
                             PlainNet::kRows, /*calls=*/1, is);
    for (int layer = 0; layer < 3; ++layer) {
      SCOPED_TRACE(layers[layer].name);
      expectNear(is[layer], should[layer], getTolerance(element));
    }
    session.applyStep(t);
  }
}

TEST(Telemetry, TellsWhatLoopsCompute) {
  for (std::string element : {"f32", "f64"})
    for (const PlainActivation &activation : kActivations)
      compareWithLoops(element, activation);
}

/// Halves of a batch give the whole batch's numbers.
TEST(Telemetry, AddsMicroBatchesUp) {
  auto jit = compile(PlainNet::getText("f64", kActivations[1]),
                     {.maxRows = 8, .telemetry = true});
  ASSERT_TRUE(jit);
  keel_model model = getMeasured(*jit);
  Session session(model);
  session.init(3);
  const keel_layer layers[] = {
      {"h", 4, 0, 20}, {"a", 4, 0, 0}, {"y", 3, 0, 12}};
  keel_telemetry telemetry = jit->telemetry();
  telemetry.layers = layers;
  telemetry.num_layers = 3;
  Draw draw(5);
  Batch whole;
  whole.input = drawMatrix(draw, 8, 5);
  whole.targets = drawMatrix(draw, 8, 3);
  std::vector<double> once(KEEL_LAYER_VALUES * 3), twice(once.size());
  session.gradStep(whole);
  keel_telemetry_add(&telemetry, session.grads.get(), 1.0, once.data());
  for (int begin : {0, 6}) {
    int rows = begin ? 2 : 6;
    Batch part;
    part.input = Matrix(rows, 5);
    part.targets = Matrix(rows, 3);
    std::copy_n(whole.input.data.begin() + begin * 5, rows * 5,
                part.input.data.begin());
    std::copy_n(whole.targets.data.begin() + begin * 3, rows * 3,
                part.targets.data.begin());
    session.gradStep(part);
    keel_telemetry_add(&telemetry, session.grads.get(), rows / 8.0,
                       twice.data());
  }
  for (size_t i = 0; i < once.size(); ++i)
    EXPECT_NEAR(twice[i], once[i], 1e-12 * std::abs(once[i])) << i;
}
