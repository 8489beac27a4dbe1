//===- Initializer.cpp - What initial values are drawn from ---------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "keel/Dialect/Keel/IR/Keel.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include <cmath>

using namespace mlir;
using namespace keel;

//===----------------------------------------------------------------------===//
// Text
//===----------------------------------------------------------------------===//

/// Attributes without a setting.
#define KEEL_PLAIN_ATTR(NAME)                                                  \
  Attribute NAME::parse(AsmParser &parser, Type) {                             \
    if (parseSettings(parser, {}))                                             \
      return {};                                                               \
    return NAME::get(parser.getContext());                                     \
  }                                                                            \
  void NAME::print(AsmPrinter &) const {}

KEEL_PLAIN_ATTR(ZerosAttr)
KEEL_PLAIN_ATTR(OnesAttr)
KEEL_PLAIN_ATTR(XavierUniformAttr)
KEEL_PLAIN_ATTR(XavierNormalAttr)
KEEL_PLAIN_ATTR(HeUniformAttr)
KEEL_PLAIN_ATTR(HeNormalAttr)
KEEL_PLAIN_ATTR(LecunNormalAttr)
#undef KEEL_PLAIN_ATTR

Attribute ConstantAttr::parse(AsmParser &parser, Type) {
  Real value;
  if (parseSettings(parser, {{"value", &value, /*required=*/true}},
                    /*positional=*/1))
    return {};
  return get(parser.getContext(), value);
}

void ConstantAttr::print(AsmPrinter &printer) const {
  Real value = getValue();
  printSettings(printer, {{"value", &value}}, /*positional=*/1);
}

/// Two real settings, which is what the plain distributions have.
template <typename AttrTy>
static Attribute parsePair(AsmParser &parser, StringRef firstName, Real first,
                           StringRef secondName, Real second) {
  SMLoc loc = parser.getCurrentLocation();
  if (parseSettings(parser, {{firstName, &first}, {secondName, &second}}))
    return {};
  return AttrTy::getChecked([&] { return parser.emitError(loc); },
                            parser.getContext(), first, second);
}

Attribute UniformAttr::parse(AsmParser &parser, Type) {
  return parsePair<UniformAttr>(parser, "low", {-1.0}, "high", {1.0});
}
void UniformAttr::print(AsmPrinter &printer) const {
  Real low = getLow(), high = getHigh();
  printSettings(printer, {{"low", &low}, {"high", &high}});
}
Attribute NormalAttr::parse(AsmParser &parser, Type) {
  return parsePair<NormalAttr>(parser, "mean", {0.0}, "stddev", {1.0});
}
void NormalAttr::print(AsmPrinter &printer) const {
  Real mean = getMean(), stddev = getStddev();
  printSettings(printer, {{"mean", &mean}, {"stddev", &stddev}});
}
Attribute TruncatedNormalAttr::parse(AsmParser &parser, Type) {
  return parsePair<TruncatedNormalAttr>(parser, "mean", {0.0}, "stddev", {1.0});
}
void TruncatedNormalAttr::print(AsmPrinter &printer) const {
  Real mean = getMean(), stddev = getStddev();
  printSettings(printer, {{"mean", &mean}, {"stddev", &stddev}});
}

Attribute OrthogonalAttr::parse(AsmParser &parser, Type) {
  Real gain{1.0};
  SMLoc loc = parser.getCurrentLocation();
  if (parseSettings(parser, {{"gain", &gain}}))
    return {};
  return getChecked([&] { return parser.emitError(loc); }, parser.getContext(),
                    gain);
}

void OrthogonalAttr::print(AsmPrinter &printer) const {
  Real gain = getGain();
  printSettings(printer, {{"gain", &gain}});
}

Attribute VarianceScalingAttr::parse(AsmParser &parser, Type) {
  Real scale{1.0};
  std::string mode = "fan_in", distribution = "normal";
  SMLoc loc = parser.getCurrentLocation();
  if (parseSettings(parser, {{"scale", &scale},
                             {"mode", &mode},
                             {"distribution", &distribution}}))
    return {};
  return getChecked([&] { return parser.emitError(loc); }, parser.getContext(),
                    scale, StringRef(mode), StringRef(distribution));
}

void VarianceScalingAttr::print(AsmPrinter &printer) const {
  Real scale = getScale();
  std::string mode = getMode().str(), distribution = getDistribution().str();
  printSettings(
      printer,
      {{"scale", &scale}, {"mode", &mode}, {"distribution", &distribution}});
}

//===----------------------------------------------------------------------===//
// Verification
//===----------------------------------------------------------------------===//

using EmitError = llvm::function_ref<InFlightDiagnostic()>;

LogicalResult UniformAttr::verify(EmitError emitError, Real low, Real high) {
  if (low.value < high.value)
    return success();
  return emitError() << "low must be below high, got " << formatReal(low.value)
                     << " and " << formatReal(high.value);
}

static LogicalResult verifyDeviation(EmitError emitError, Real stddev) {
  if (stddev.value >= 0.0)
    return success();
  return emitError() << "stddev must not be negative, got "
                     << formatReal(stddev.value);
}

LogicalResult NormalAttr::verify(EmitError emitError, Real, Real stddev) {
  return verifyDeviation(emitError, stddev);
}

LogicalResult TruncatedNormalAttr::verify(EmitError emitError, Real,
                                          Real stddev) {
  return verifyDeviation(emitError, stddev);
}

LogicalResult OrthogonalAttr::verify(EmitError emitError, Real gain) {
  if (gain.value > 0.0)
    return success();
  return emitError() << "gain must be positive, got " << formatReal(gain.value);
}

LogicalResult OrthogonalAttr::verifyType(EmitError emitError,
                                         RankedTensorType type) const {
  if (type.getRank() >= 2)
    return success();
  return emitError() << "initializer " << Attribute(*this)
                     << " needs a rank of 2 or more, got " << type
                     << "; use one such as #keel.normal<stddev = 0.1>";
}

LogicalResult VarianceScalingAttr::verify(EmitError emitError, Real scale,
                                          StringRef mode,
                                          StringRef distribution) {
  if (!(scale.value > 0.0))
    return emitError() << "scale must be positive, got "
                       << formatReal(scale.value);
  if (!llvm::is_contained({"fan_in", "fan_out", "fan_avg"}, mode))
    return emitError() << "mode must be fan_in, fan_out or fan_avg, got "
                       << mode;
  if (!llvm::is_contained({"uniform", "normal", "truncated_normal"},
                          distribution))
    return emitError()
           << "distribution must be uniform, normal or truncated_normal, got "
           << distribution;
  return success();
}

//===----------------------------------------------------------------------===//
// Values
//===----------------------------------------------------------------------===//

static Value buildSplat(OpBuilder &builder, Location loc, RankedTensorType type,
                        double value) {
  auto element = builder.getFloatAttr(type.getElementType(), value);
  return arith::ConstantOp::create(builder, loc,
                                   DenseElementsAttr::get(type, element));
}

static Value buildRandom(OpBuilder &builder, Location loc,
                         RankedTensorType type, Value seed, uint64_t stream,
                         StringRef distribution, double first, double second) {
  return RandomOp::create(builder, loc, type, seed, distribution,
                          int64_t(stream), APFloat(first), APFloat(second));
}

/// Variance `scale / n`, where n follows from the fans.
static Value buildScaled(OpBuilder &builder, Location loc,
                         RankedTensorType type, Value seed, uint64_t stream,
                         const Fans &fans, double scale, StringRef mode,
                         StringRef distribution) {
  double n = mode == "fan_in"    ? double(fans.in)
             : mode == "fan_out" ? double(fans.out)
                                 : (double(fans.in) + double(fans.out)) / 2.0;
  double variance = scale / std::max(n, 1.0);
  if (distribution == "uniform") {
    double limit = std::sqrt(3.0 * variance);
    return buildRandom(builder, loc, type, seed, stream, distribution, -limit,
                       limit);
  }
  return buildRandom(builder, loc, type, seed, stream, distribution, 0.0,
                     std::sqrt(variance));
}

/// The orthogonal factor of standard normals.
static Value buildOrthogonal(OpBuilder &builder, Location loc,
                             RankedTensorType type, Value seed, uint64_t stream,
                             double gain) {
  Value normals =
      buildRandom(builder, loc, type, seed, stream, "normal", 0.0, 1.0);
  return OrthogonalizeOp::create(builder, loc, type, normals, APFloat(gain));
}

#define KEEL_BUILD_VALUE(NAME, NEEDS_FANS, ...)                                \
  bool NAME::needsFans() const { return NEEDS_FANS; }                          \
  Value NAME::buildInitialValue(                                               \
      OpBuilder &builder, Location loc, RankedTensorType type, Value seed,     \
      uint64_t stream, std::optional<Fans> fans) const {                       \
    return __VA_ARGS__;                                                        \
  }

KEEL_BUILD_VALUE(ZerosAttr, false, buildSplat(builder, loc, type, 0.0))
KEEL_BUILD_VALUE(OnesAttr, false, buildSplat(builder, loc, type, 1.0))
KEEL_BUILD_VALUE(ConstantAttr, false,
                 buildSplat(builder, loc, type, getValue().value))
KEEL_BUILD_VALUE(UniformAttr, false,
                 buildRandom(builder, loc, type, seed, stream, "uniform",
                             getLow().value, getHigh().value))
KEEL_BUILD_VALUE(NormalAttr, false,
                 buildRandom(builder, loc, type, seed, stream, "normal",
                             getMean().value, getStddev().value))
KEEL_BUILD_VALUE(TruncatedNormalAttr, false,
                 buildRandom(builder, loc, type, seed, stream,
                             "truncated_normal", getMean().value,
                             getStddev().value))
KEEL_BUILD_VALUE(XavierUniformAttr, true,
                 buildScaled(builder, loc, type, seed, stream, *fans, 1.0,
                             "fan_avg", "uniform"))
KEEL_BUILD_VALUE(XavierNormalAttr, true,
                 buildScaled(builder, loc, type, seed, stream, *fans, 1.0,
                             "fan_avg", "normal"))
KEEL_BUILD_VALUE(HeUniformAttr, true,
                 buildScaled(builder, loc, type, seed, stream, *fans, 2.0,
                             "fan_in", "uniform"))
KEEL_BUILD_VALUE(HeNormalAttr, true,
                 buildScaled(builder, loc, type, seed, stream, *fans, 2.0,
                             "fan_in", "normal"))
KEEL_BUILD_VALUE(LecunNormalAttr, true,
                 buildScaled(builder, loc, type, seed, stream, *fans, 1.0,
                             "fan_in", "normal"))
KEEL_BUILD_VALUE(VarianceScalingAttr, true,
                 buildScaled(builder, loc, type, seed, stream, *fans,
                             getScale().value, getMode(), getDistribution()))
KEEL_BUILD_VALUE(OrthogonalAttr, false,
                 buildOrthogonal(builder, loc, type, seed, stream,
                                 getGain().value))
#undef KEEL_BUILD_VALUE

//===----------------------------------------------------------------------===//
// Moments
//===----------------------------------------------------------------------===//

/// What buildScaled draws.
static InitialMoments getScaledMoments(const std::optional<Fans> &fans,
                                       double scale, StringRef mode) {
  double in = fans ? double(fans->in) : 1.0,
         out = fans ? double(fans->out) : 1.0;
  double n = mode == "fan_in" ? in : mode == "fan_out" ? out : (in + out) / 2.0;
  return {0.0, scale / std::max(n, 1.0)};
}

/// Each row or column has norm gain, whichever there are fewer of.
static InitialMoments getOrthogonalMoments(RankedTensorType type, double gain) {
  int64_t rows = std::max<int64_t>(type.getDimSize(0), 1);
  int64_t columns = std::max<int64_t>(type.getNumElements() / rows, 1);
  return {0.0, gain * gain / double(std::max(rows, columns)),
          /*orthogonal=*/true};
}

#define KEEL_MOMENTS(NAME, ...)                                                \
  std::optional<InitialMoments> NAME::getInitialMoments(                       \
      RankedTensorType type, std::optional<Fans> fans) const {                 \
    return InitialMoments __VA_ARGS__;                                         \
  }

KEEL_MOMENTS(ZerosAttr, {0.0, 0.0})
KEEL_MOMENTS(OnesAttr, {1.0, 0.0})
KEEL_MOMENTS(ConstantAttr, {getValue().value, 0.0})
KEEL_MOMENTS(UniformAttr,
             {0.5 * (getLow().value + getHigh().value),
              std::pow(getHigh().value - getLow().value, 2.0) / 12.0})
KEEL_MOMENTS(NormalAttr,
             {getMean().value, getStddev().value * getStddev().value})
KEEL_MOMENTS(TruncatedNormalAttr,
             {getMean().value, getStddev().value * getStddev().value})
KEEL_MOMENTS(XavierUniformAttr, (getScaledMoments(fans, 1.0, "fan_avg")))
KEEL_MOMENTS(XavierNormalAttr, (getScaledMoments(fans, 1.0, "fan_avg")))
KEEL_MOMENTS(HeUniformAttr, (getScaledMoments(fans, 2.0, "fan_in")))
KEEL_MOMENTS(HeNormalAttr, (getScaledMoments(fans, 2.0, "fan_in")))
KEEL_MOMENTS(LecunNormalAttr, (getScaledMoments(fans, 1.0, "fan_in")))
KEEL_MOMENTS(VarianceScalingAttr,
             (getScaledMoments(fans, getScale().value, getMode())))
KEEL_MOMENTS(OrthogonalAttr, (getOrthogonalMoments(type, getGain().value)))
#undef KEEL_MOMENTS

//===----------------------------------------------------------------------===//
// What fits an activation
//===----------------------------------------------------------------------===//

InitializerAttrInterface keel::getFittingInitializer(MLIRContext *context,
                                                     StringRef activation) {
  if (llvm::is_contained({"relu", "leaky_relu", "prelu", "gelu", "silu",
                          "hard_swish", "softplus"},
                         activation))
    return HeNormalAttr::get(context);
  if (activation == "selu")
    return LecunNormalAttr::get(context);
  return XavierNormalAttr::get(context);
}
