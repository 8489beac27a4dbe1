//===- GradientFindings.cpp - What vanishes, explodes or is forgotten -----===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Findings.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/Support/FormatVariadic.h"
#include <cmath>

using namespace mlir;
using namespace keel;

namespace {

/// A gradient below this part of that behind the last hidden layer, or above
/// that many times it, does not train its layer at any learning rate that suits
/// the others.
constexpr double kVanishing = 1e-3, kExploding = 70.0;
/// Values of this size overflow what follows, whatever the gradient does.
constexpr double kLargeForward = 1e4;
/// Two inputs that start at an angle are alike to this part of it: six
/// correlation lengths.
constexpr double kForgotten = 2.5e-3;

/// What stands between a layer and the model's results.
struct Path {
  llvm::MapVector<StringRef, unsigned> activations;
  unsigned batchNorms = 0;

  /// The activation there is most of, and how often: empty where there is none.
  std::pair<StringRef, unsigned> getMain() const {
    std::pair<StringRef, unsigned> best{"", 0};
    for (auto [name, count] : activations)
      if (count > best.second)
        best = {name, count};
    return best;
  }
};

bool isActivation(Operation *op) {
  return isa<ReluOp, LeakyReluOp, PreluOp, EluOp, SeluOp, GeluOp, SiluOp,
             SoftplusOp, SoftsignOp, SigmoidOp, HardSigmoidOp, HardSwishOp,
             TanhOp>(op);
}

Path getPath(DenseOp from) {
  Path path;
  for (Operation *op = from; op; op = op->getNextNode()) {
    if (isActivation(op))
      ++path.activations[getShortName(op)];
    if (auto norm = dyn_cast<BatchNormOp>(op))
      path.batchNorms += !norm.getFrozen();
  }
  return path;
}

/// `xavier_uniform`, as the model has it.
std::string getInitializerText(DenseOp op) {
  ParamOp weight = getParam(op.getWeight());
  if (!weight)
    return "its weights";
  std::string text;
  llvm::raw_string_ostream(text) << weight.getInit();
  return StringRef(text).starts_with("#keel.") ? text.substr(6) : text;
}

/// `20 sigmoid layers with xavier_uniform`.
std::string describe(DenseOp op, const Path &path) {
  auto [name, count] = path.getMain();
  std::string init = getInitializerText(op);
  if (count == 0)
    return "linear layers with " + init;
  return llvm::formatv("{0} {1} layer{2} with {3}", count, name,
                       count == 1 ? "" : "s", init);
}

/// The initializer that keeps gradients behind this activation, null where none
/// does.
StringRef getFittingInitializer(StringRef activation) {
  if (llvm::is_contained(
          {"relu", "leaky_relu", "prelu", "gelu", "silu", "elu", "hard_swish"},
          activation))
    return "he_normal";
  if (activation == "selu")
    return "lecun_normal";
  if (llvm::is_contained({"tanh", "softsign", ""}, activation))
    return "xavier_normal";
  return "";
}

std::string getCure(DenseOp op, const Path &path) {
  StringRef activation = path.getMain().first;
  StringRef fitting = getFittingInitializer(activation);
  if (fitting.empty())
    return llvm::formatv("use keel.tanh with init(#keel.xavier_normal) or "
                         "keel.relu with init(#keel.he_normal) in the place of "
                         "keel.{0}, or put keel.layer_norm before it",
                         activation);
  if (getInitializerText(op) != fitting)
    return llvm::formatv(
        "use init(#keel.{0}){1}", fitting,
        activation.empty() ? "" : " before keel." + activation.str());
  return "put a shortcut (keel.add) around each layer, or keel.layer_norm "
         "before each activation";
}

/// The dense layers that training changes.
SmallVector<DenseOp> getTrainedLayers(ModelOp model) {
  SmallVector<DenseOp> trained;
  for (DenseOp op : getDenseLayers(model)) {
    ParamOp weight = getParam(op.getWeight());
    if (weight && weight.getTrainable())
      trained.push_back(op);
  }
  return trained;
}

class GradientFinder {
public:
  GradientFinder(const GradientForecast &forecast, Findings &findings)
      : forecast(forecast), findings(findings),
        layers(getTrainedLayers(forecast.getModel())) {
    for (DenseOp op : getDenseLayers(forecast.getModel()))
      if (isLastLayer(op))
        last = op;
  }

  void run();

private:
  void report(DenseOp op, StringLiteral kind, double ratio);
  void findLargeValues();
  void findForgotten();

  const GradientForecast &forecast;
  Findings &findings;
  SmallVector<DenseOp> layers;
  DenseOp last;
};

} // namespace

void GradientFinder::report(DenseOp op, StringLiteral kind, double ratio) {
  Path path = getPath(op);
  std::string size = formatShort(ratio);
  Operation *place = getParam(op.getWeight());
  if (kind == finding::kExploding && path.batchNorms >= 3) {
    double each = std::pow(ratio, 1.0 / path.batchNorms);
    findings.push_back(
        {place, finding::kBatchNormExplosion,
         llvm::formatv("{0}gradients reach this layer {1} times as large as at "
                       "the output: each of {2} batch norms before {3} makes "
                       "them {4} times as large at initialization",
                       getPrefix(op), size, path.batchNorms,
                       path.getMain().first.empty() ? "a linear layer"
                                                    : path.getMain().first,
                       formatShort(each)),
         "put a shortcut (keel.add) around each layer, or use keel.layer_norm "
         "in the place of keel.batch_norm"});
    return;
  }
  findings.push_back(
      {place, kind,
       llvm::formatv("{0}gradients reach this layer {1} times their size at "
                     "the output: {2}",
                     getPrefix(op), size, describe(op, path)),
       getCure(op, path)});
}

/// What grows on the way forward, where gradients do not say it already.
void GradientFinder::findLargeValues() {
  for (const LayerForecast &layer : forecast.getLayers()) {
    if (std::isfinite(layer.forwardRms) && layer.forwardRms < kLargeForward)
      continue;
    findings.push_back(
        {layer.op, finding::kExploding,
         llvm::formatv("values reach a size of {0} here, of inputs of size 1",
                       formatShort(layer.forwardRms)),
         "use a smaller initializer for the layers before, such as "
         "init(#keel.he_normal), or keel.layer_norm"});
    return;
  }
}

// For two inputs the share of their difference that is left, 1 - c.
void GradientFinder::findForgotten() {
  if (!last || layers.size() < 3)
    return;
  Signal signal = forecast.getSignal(last.getInput());
  const PairMoments &m = signal.moments;
  if (!(m.self > 0.0) || m.samples >= m.self || signal.isHeld)
    return;
  double left = 1.0 - m.samples / m.self;
  if (!(left < kForgotten))
    return;
  Path path = getPath(layers.front());
  findings.push_back(
      {last, finding::kDepthBeyondCorrelation,
       llvm::formatv("{0}what sets two inputs apart is {1} of their size "
                     "here: {2} are deeper than inputs can be told apart",
                     getPrefix(last), formatShort(std::sqrt(2.0 * left)),
                     describe(layers.front(), path)),
       "use fewer layers, put a shortcut (keel.add) around each, or use "
       "keel.batch_norm"});
}

void GradientFinder::run() {
  DenseOp weakest, strongest;
  double least = kVanishing, most = kExploding;
  double reference = last && last.getInput().getDefiningOp()
                         ? forecast.getGradientRms(last.getInput())
                         : 0.0;
  bool isSymmetric = llvm::any_of(
      findings, [](const Finding &f) { return f.kind == finding::kSymmetric; });
  for (DenseOp op : layers) {
    double ratio = forecast.getGradientRms(op.getResult()) / reference;
    // Nothing passes weights of 0: that is what symmetric says.
    if (reference <= 0.0 || op == last || (ratio == 0.0 && isSymmetric))
      continue;
    if (ratio < least)
      weakest = op, least = ratio;
    if (ratio > most || std::isnan(ratio))
      strongest = op, most = ratio;
  }
  if (weakest)
    report(weakest, finding::kVanishing, least);
  if (strongest)
    report(strongest, finding::kExploding, most);
  else
    findLargeValues();
  findForgotten();
}

void keel::findGradients(const GradientForecast &forecast, Findings &findings) {
  GradientFinder(forecast, findings).run();
}
