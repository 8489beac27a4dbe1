//===- RunPage.cpp - A run as a page with plots ---------------------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Chart.h"
#include "HeatMap.h"
#include "RunHistory.h"
#include "ValueNames.h"
#include "keel/Analysis/ForecastFindings.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"
#include <cmath>

using namespace mlir;
using namespace keel;

namespace {

/// Everything that the page looks like; light and dark by the reader's setting.
constexpr llvm::StringLiteral kStyle = R"(
  :root { --ink: #1b1f24; --page: #fff; --line: #c9ced4; --first: #0b6bcb;
          --second: #c4460a; --bad: #a40e26; color-scheme: light dark }
  @media (prefers-color-scheme: dark) {
    :root { --ink: #e3e6ea; --page: #16181b; --line: #44494f;
            --first: #66b2ff; --second: #ff9a5c; --bad: #ff5c74 } }
  body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink);
         background: var(--page); max-width: 60rem; margin: 2rem auto;
         padding: 0 1rem }
  h2 { margin: 1.5rem 0 .2rem; font-size: 1.1rem }
  p { margin: .2rem 0 }
  table { border-collapse: collapse; font-variant-numeric: tabular-nums;
          margin-top: .5rem }
  td, th { padding: .1rem .7rem; text-align: right;
           border-bottom: 1px solid var(--line) }
  td:nth-child(-n+2), th:nth-child(-n+2) { text-align: left }
  .wide { overflow-x: auto }
  svg { width: 100%; height: auto }
  svg text { fill: var(--ink); font-size: 12px }
  svg text.name { font-size: 11px }
  .grid { stroke: var(--line) }
  polyline { fill: none; stroke-width: 1.7 }
  .first { stroke: var(--first) }
  .second { stroke: var(--second) }
  circle.first { fill: var(--first); stroke: none }
  circle.second { fill: var(--second); stroke: none }
  path.second, path.bad { stroke-width: 1.2 }
  path.bad { stroke: var(--bad) }
  .bad { color: var(--bad) }
)";

std::string escape(StringRef text) {
  std::string result;
  llvm::raw_string_ostream os(result);
  llvm::printHTMLEscaped(text, os);
  return result;
}

class RunPage {
public:
  RunPage(const RunHistory &history, const Layers &layers, ModelOp model,
          int64_t batchSize, llvm::raw_ostream &os)
      : history(history), layers(layers), model(model),
        forecast(model, batchSize), os(os) {
    if (!history.steps.empty()) {
      first = history.steps.front().step;
      last = history.steps.back().step;
    }
  }

  void print();

private:
  using Steps = std::vector<RunHistory::Step>;
  std::vector<Chart::Point> getPoints(double RunHistory::Step::*value) const;
  std::vector<Chart::Point> getPoints(double RunHistory::Epoch::*value) const;
  void printSummary();
  void printLoss();
  void printAccuracy();
  void printRate();
  void printNorm();
  void printGradients();
  void printTable();
  bool isShown(size_t layer) const;
  double getForecast(size_t layer) const;

  const RunHistory &history;
  const Layers &layers;
  ModelOp model;
  GradientForecast forecast;
  llvm::raw_ostream &os;
  int64_t first = 0, last = 1;
};

} // namespace

std::vector<Chart::Point>
RunPage::getPoints(double RunHistory::Step::*value) const {
  std::vector<Chart::Point> points;
  for (const RunHistory::Step &step : history.steps)
    points.push_back({double(step.step), step.*value});
  return points;
}

std::vector<Chart::Point>
RunPage::getPoints(double RunHistory::Epoch::*value) const {
  std::vector<Chart::Point> points;
  for (const RunHistory::Epoch &epoch : history.epochs)
    points.push_back({double(epoch.step), epoch.*value});
  return points;
}

void RunPage::printSummary() {
  int64_t clipped = 0, nonfinite = 0;
  for (const RunHistory::Step &step : history.steps) {
    clipped += step.clipped;
    nonfinite += step.nonfinite;
  }
  os << "<p>" << history.steps.size() << " steps, " << history.epochs.size()
     << " epochs";
  if (clipped)
    os << ", " << clipped << " steps clipped";
  if (nonfinite)
    os << ", <b class=\"bad\">" << nonfinite << " steps not finite</b>";
  os << ".</p>\n";
}

void RunPage::printLoss() {
  auto validation = getPoints(&RunHistory::Epoch::validationLoss);
  bool isValidated = llvm::any_of(
      validation, [](auto &point) { return std::isfinite(point.value); });
  os << "<h2>Loss</h2>\n<p><b style=\"color:var(--first)\">training</b>"
     << (isValidated ? ", <b style=\"color:var(--second)\">validation</b>" : "")
     << "</p>\n";
  Chart chart("loss", first, last);
  chart.addCurve("first", getPoints(&RunHistory::Step::loss));
  chart.addCurve("second", validation, /*withDots=*/true);
  chart.useLogarithm(50.0);
  chart.print(os);
}

void RunPage::printAccuracy() {
  auto points = getPoints(&RunHistory::Epoch::validationAccuracy);
  if (llvm::none_of(points,
                    [](auto &point) { return std::isfinite(point.value); }))
    return;
  os << "<h2>Validation accuracy</h2>\n";
  Chart chart("validation accuracy", first, last);
  chart.addCurve("second", points, /*withDots=*/true);
  chart.print(os);
}

void RunPage::printRate() {
  auto points = getPoints(&RunHistory::Step::learningRate);
  if (llvm::none_of(points,
                    [](auto &point) { return std::isfinite(point.value); }))
    return;
  os << "<h2>Learning rate</h2>\n";
  Chart chart("learning rate", first, last);
  chart.addCurve("first", points);
  chart.print(os);
}

void RunPage::printNorm() {
  std::vector<int64_t> clipped, nonfinite;
  for (const RunHistory::Step &step : history.steps) {
    if (step.clipped)
      clipped.push_back(step.step);
    if (step.nonfinite)
      nonfinite.push_back(step.step);
  }
  os << "<h2>Gradient norm</h2>\n<p>of all gradients, before clipping";
  if (!clipped.empty())
    os << "; <b style=\"color:var(--second)\">clipped steps</b> are marked";
  if (!nonfinite.empty())
    os << "; <b class=\"bad\">steps that are not finite</b> are marked";
  os << "</p>\n";
  Chart chart("gradient norm", first, last);
  chart.addCurve("first", getPoints(&RunHistory::Step::gradientNorm));
  chart.addMarks("second", std::move(clipped));
  chart.addMarks("bad", std::move(nonfinite));
  chart.useLogarithm(20.0);
  chart.print(os);
}

/// Layers with a weight: what is measured of others is of another kind.
bool RunPage::isShown(size_t layer) const {
  return layers.getWeights(layer) > 0;
}

/// The size of the weight's gradient, relative to that at the model's results:
/// a sum over the batch of products of the gradient and what the weight
/// multiplies.
double RunPage::getForecast(size_t layer) const {
  Operation *op = layers.getOps()[layer];
  double gradient = forecast.getGradientRms(op->getResult(0));
  double input =
      isa<DenseOp>(op) ? forecast.getForwardRms(op->getOperand(0)) : 1.0;
  return gradient * input;
}

void RunPage::printGradients() {
  HeatMap map;
  for (const RunHistory::Sample &sample : history.samples)
    map.steps.push_back(sample.step);
  double scale = 1.0;
  for (size_t i = 0; i < layers.size(); ++i) {
    if (!isShown(i))
      continue;
    HeatMap::Row row{layers.getName(i).str(), getForecast(i), {}};
    for (const RunHistory::Sample &sample : history.samples)
      row.values.push_back(sample.layers[i].gradient);
    // The last row's is what the first sample has.
    scale = row.values.front() / row.forecast;
    map.rows.push_back(std::move(row));
  }
  if (map.rows.empty())
    return;
  bool hasScale = std::isfinite(scale) && scale > 0.0;
  for (HeatMap::Row &row : map.rows)
    row.forecast = hasScale ? row.forecast * scale : NAN;
  os << "<h2>Gradients of each layer's weight</h2>\n<p>Root mean squares, "
        "first layer on top"
     << (hasScale ? "; beside them what the gradient forecast says of the "
                    "first step, scaled to the last layer's first sample"
                  : "")
     << ".</p>\n";
  map.print(os);
}

void RunPage::printTable() {
  const RunHistory::Sample &sample = history.samples.back();
  auto number = [](double value) {
    return std::isfinite(value) ? formatShort(value) : std::string();
  };
  auto share = [](double value) {
    return std::isfinite(value)
               ? std::to_string(int(std::lround(100.0 * value))) + "%"
               : std::string();
  };
  os << "<h2>Layers at step " << sample.step
     << "</h2>\n<div class=\"wide\"><table><tr><th>layer<th>op<th>line<th>"
        "value<th>gradient<th>weight<th>update<th>update / weight"
        "<th>saturated<th>dead</tr>\n";
  for (auto [index, layer] : llvm::enumerate(sample.layers)) {
    Operation *op = layers.getOps()[index];
    os << "<tr><td>" << escape(layers.getName(index)) << "<td>"
       << escape(op->getName().getStringRef()) << "<td>" << getLine(op)
       << "<td>" << number(layer.activation) << "<td>" << number(layer.gradient)
       << "<td>" << number(layer.weight) << "<td>" << number(layer.update)
       << "<td>" << number(layer.update / layer.weight) << "<td>"
       << share(layer.saturated) << "<td>" << share(layer.dead) << "</tr>\n";
  }
  os << "</table></div>\n<p>gradient: with respect to the weight, or to the "
        "result of an op without one.</p>\n";
}

void RunPage::print() {
  std::string name = escape(model.getSymName());
  os << "<!DOCTYPE html>\n<html lang=\"en\"><meta charset=\"utf-8\">"
     << "<meta name=\"viewport\" content=\"width=device-width\"><title>" << name
     << ": training</title>\n<style>" << kStyle << "</style>\n<h1>" << name
     << ": training</h1>\n";
  printSummary();
  printLoss();
  printAccuracy();
  printRate();
  printNorm();
  if (!history.samples.empty() && layers.size() > 0) {
    printGradients();
    printTable();
  }
  os << "</html>\n";
}

void keel::printRunPage(const RunHistory &history, const Layers &layers,
                        ModelOp model, int64_t batchSize,
                        llvm::raw_ostream &os) {
  RunPage(history, layers, model, batchSize, os).print();
}
