//===- CheckGraph.cpp - A model drawn with its verdicts -------------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CheckGraph.h"
#include "ValueNames.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"
#include <cmath>

using namespace mlir;
using namespace keel;

/// The kinds of warnings at an op, or at a parameter that it takes.
std::string keel::getKinds(const CheckReport &report, Operation *op) {
  std::string kinds;
  for (const Finding &finding : report.findings) {
    bool isHere =
        finding.op == op || llvm::any_of(op->getOperands(), [&](Value operand) {
          return isa_and_present<ParamOp>(operand.getDefiningOp()) &&
                 operand.getDefiningOp() == finding.op;
        });
    if (isHere)
      kinds += (kinds.empty() ? "" : ", ") + finding.kind.str();
  }
  return kinds;
}

namespace {

constexpr double kRow = 28, kNodeX = 130, kNodeWidth = 210, kNodeHeight = 20,
                 kBarX = kNodeX + kNodeWidth + 20, kBarWidth = 150,
                 kTextX = kBarX + kBarWidth + 15, kWidth = 900;

class Graph {
public:
  Graph(const CheckReport &report, llvm::raw_ostream &os)
      : report(report), os(os), names(report.forecast.getModel()) {
    ModelOp model = report.forecast.getModel();
    for (BlockArgument input : model.getArguments())
      rows.insert({input, rows.size()});
    for (const LayerForecast &layer : report.forecast.getLayers()) {
      rows.insert({layer.value, rows.size()});
      double size = std::log10(layer.gradientRms);
      if (!std::isfinite(size))
        continue;
      low = std::min(low, size);
      high = std::max(high, size);
    }
  }

  void print() {
    os << llvm::formatv("<svg viewBox=\"0 0 {0} {1}\" role=\"img\" "
                        "aria-label=\"the model's graph\">\n",
                        kWidth, kRow * double(rows.size()));
    for (const LayerForecast &layer : report.forecast.getLayers())
      for (Value operand : layer.op->getOperands())
        printEdge(operand, layer.value);
    ModelOp model = report.forecast.getModel();
    for (BlockArgument input : model.getArguments())
      printNode(input, model.getInputName(input.getArgNumber()), "input", "");
    for (const LayerForecast &layer : report.forecast.getLayers()) {
      std::string kinds = getKinds(report, layer.op);
      printNode(layer.value, names.get(layer.value),
                layer.op->getName().getStringRef(), kinds);
      printBar(layer);
    }
    os << "</svg>\n";
  }

private:
  double getY(Value value) const {
    return kRow * (double(rows.lookup(value)) + 0.5);
  }

  void printEdge(Value from, Value to) {
    auto found = rows.find(from);
    if (found == rows.end())
      return;
    double begin = getY(from), end = getY(to);
    if (rows.lookup(to) == found->second + 1) {
      double x = kNodeX + kNodeWidth / 2;
      os << llvm::formatv(
          "<path class=\"edge\" d=\"M{0:f0},{1:f1}V{2:f1}\"/>\n", x, begin,
          end);
      return;
    }
    // To the left, further out the longer it is.
    double reach = std::min(kNodeX - 10, 12 + 6 * std::sqrt(end - begin));
    os << llvm::formatv("<path class=\"edge\" d=\"M{0:f0},{1:f1}C{2:f1},{1:f1} "
                        "{2:f1},{3:f1} {0:f0},{3:f1}\"/>\n",
                        kNodeX, begin, kNodeX - reach, end);
  }

  void printNode(Value value, StringRef name, StringRef what, StringRef kinds) {
    double y = getY(value);
    os << llvm::formatv(
        "<rect class=\"node{0}\" x=\"{1}\" y=\"{2:f1}\" "
        "width=\"{3}\" height=\"{4}\" rx=\"4\"/><text x=\"{5}\" "
        "y=\"{6:f1}\">",
        kinds.empty() ? "" : " bad", kNodeX, y - kNodeHeight / 2, kNodeWidth,
        kNodeHeight, kNodeX + 8, y + 4);
    llvm::printHTMLEscaped((name + "  " + what).str(), os);
    os << "</text>";
    if (!kinds.empty())
      os << llvm::formatv(
          "<text class=\"bad\" x=\"{0}\" y=\"{1:f1}\">{2}</text>", kTextX,
          y + 4, kinds);
    os << '\n';
  }

  void printBar(const LayerForecast &layer) {
    double size = std::log10(layer.gradientRms);
    if (!std::isfinite(size))
      return;
    // The least is still seen.
    double part = high > low ? 0.03 + 0.97 * (size - low) / (high - low) : 1.0;
    os << llvm::formatv(
        "<rect class=\"bar\" x=\"{0}\" y=\"{1:f1}\" "
        "width=\"{2:f1}\" height=\"8\"><title>{3}</title></rect>\n",
        kBarX, getY(layer.value) - 4, part * kBarWidth,
        formatShort(layer.gradientRms));
  }

  const CheckReport &report;
  llvm::raw_ostream &os;
  ValueNames names;
  llvm::DenseMap<Value, size_t> rows;
  double low = 0.0, high = 0.0;
};

} // namespace

void keel::printGraph(const CheckReport &report, llvm::raw_ostream &os) {
  Graph(report, os).print();
}
