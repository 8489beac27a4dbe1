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
constexpr double kVanishing = 4.5e-3, kExploding = 70.0;
/// Values of this size overflow what follows, whatever the gradient does.
constexpr double kLargeForward = 1e4;
/// A result of this size starts a loss so far off that the first steps are
/// thrown.
constexpr double kLargeResult = 30.0;
/// Two inputs that start at an angle are alike to this part of it: six
/// correlation lengths.
constexpr double kForgotten = 2.5e-3;
/// Where no layer is given more than this part of what sets two inputs apart,
/// times the part of the gradient that reaches it, none learns.
constexpr double kUntold = 0.07;

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
std::string getText(Attribute initializer) {
  std::string text;
  llvm::raw_string_ostream(text) << initializer;
  return StringRef(text).starts_with("#keel.") ? text.substr(6) : text;
}

std::string getInitializerText(DenseOp op) {
  ParamOp weight = getParam(op.getWeight());
  return weight ? getText(weight.getInit()) : "its weights";
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

/// Where the initializer alone does not keep gradients: half the slope of tanh
/// or less, about a mean that is not 0.
bool hasNoFit(StringRef activation) {
  return llvm::is_contained({"sigmoid", "hard_sigmoid", "softplus"},
                            activation);
}

std::string getCure(DenseOp op, const Path &path) {
  StringRef activation = path.getMain().first;
  if (hasNoFit(activation))
    return llvm::formatv("use keel.tanh with init(#keel.xavier_normal) or "
                         "keel.relu with init(#keel.he_normal) in the place of "
                         "keel.{0}, or put keel.batch_norm before it",
                         activation);
  std::string fitting =
      getText(getFittingInitializer(op.getContext(), activation));
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
  double getLayerGradient(DenseOp op) const;
  void report(DenseOp op, StringLiteral kind, double ratio);
  void findLargeValues();
  void findUntold(double reference);
  void findForgotten();

  const GradientForecast &forecast;
  Findings &findings;
  SmallVector<DenseOp> layers;
  DenseOp last;
};

} // namespace

/// Behind the norm where there is one: the size of what it divides by says
/// nothing of the layers in front.
double GradientFinder::getLayerGradient(DenseOp op) const {
  Operation *norm = getNorm(op);
  return forecast.getGradientRms(
      (norm ? norm : op.getOperation())->getResult(0));
}

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
  Operation *exit = forecast.getModel().getBody().front().getTerminator();
  for (const LayerForecast &layer : forecast.getLayers()) {
    bool isResult = llvm::is_contained(exit->getOperands(), layer.value);
    double limit = isResult && last ? kLargeResult : kLargeForward;
    if (std::isfinite(layer.forwardRms) && layer.forwardRms < limit)
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

/// For two inputs the share of their difference that is left, 1 - c.
static double getApart(const GradientForecast &forecast, Value value) {
  Signal signal = forecast.getSignal(value);
  const PairMoments &m = signal.moments;
  if (!(m.self > 0.0) || signal.isHeld)
    return NAN;
  return std::clamp(1.0 - m.samples / m.self, 0.0, 1.0);
}

/// Early layers get the inputs but no gradient, late ones the gradient but no
/// inputs: where that leaves nothing between them, nothing is learned.
void GradientFinder::findUntold(double reference) {
  double most = 0.0;
  for (DenseOp op : layers) {
    double ratio = op == last ? 1.0 : getLayerGradient(op) / reference;
    most = std::max(most, ratio * std::sqrt(getApart(forecast, op.getInput())));
  }
  // What is not known does not count, nor where nothing reaches any layer.
  if (most > 0.0 && most < kUntold)
    report(layers.front(), finding::kVanishing,
           getLayerGradient(layers.front()) / reference);
}

void GradientFinder::findForgotten() {
  if (!last || layers.size() < 3)
    return;
  double left = getApart(forecast, last.getInput());
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
  // Behind units that are all dead a norm has nothing to go by.
  bool hasDead =
      llvm::any_of(forecast.getLayers(), [](const LayerForecast &layer) {
        return layer.dead && *layer.dead > 0.99;
      });
  for (DenseOp op : layers) {
    double ratio = getLayerGradient(op) / reference;
    // Nothing passes weights of 0: that is what symmetric says.
    if (reference <= 0.0 || op == last || (ratio == 0.0 && isSymmetric))
      continue;
    if (ratio < least)
      weakest = op, least = ratio;
    // Where next to nothing passes the last hidden layer, as where its units
    // are dead, being many times that is no size.
    bool isLarge = ratio > most && ratio * reference > 1.0;
    if (isLarge || (std::isnan(ratio) && !hasDead))
      strongest = op, most = ratio;
  }
  if (weakest)
    report(weakest, finding::kVanishing, least);
  else if (reference > 0.0 && !isSymmetric && layers.size() > 1)
    findUntold(reference);
  if (strongest)
    report(strongest, finding::kExploding, most);
  else
    findLargeValues();
  findForgotten();
}

void keel::findGradients(const GradientForecast &forecast, Findings &findings) {
  GradientFinder(forecast, findings).run();
}
