//===- CheckPage.cpp - A forecast as a page with plots --------------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CheckGraph.h"
#include "CheckReport.h"
#include "ValueNames.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"
#include <cmath>

using namespace mlir;
using namespace keel;

namespace {

/// Everything that the page looks like; light and dark by the reader's setting.
constexpr llvm::StringLiteral kStyle = R"(
  :root { --ink: #1b1f24; --page: #fff; --line: #c9ced4; --forward: #0b6bcb;
          --gradient: #c4460a; --bad: #a40e26; color-scheme: light dark }
  @media (prefers-color-scheme: dark) {
    :root { --ink: #e3e6ea; --page: #16181b; --line: #44494f;
            --forward: #66b2ff; --gradient: #ff9a5c; --bad: #ff8fa0 } }
  body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink);
         background: var(--page); max-width: 60rem; margin: 2rem auto;
         padding: 0 1rem }
  table { border-collapse: collapse; font-variant-numeric: tabular-nums }
  td, th { padding: .1rem .7rem; text-align: right;
           border-bottom: 1px solid var(--line) }
  td:nth-child(-n+2), th:nth-child(-n+2), td:last-child { text-align: left }
  svg { width: 100%; height: auto }
  svg text { fill: var(--ink); font-size: 12px }
  .grid { stroke: var(--line) }
  .forward { stroke: var(--forward); fill: none; stroke-width: 2 }
  .gradient { stroke: var(--gradient); fill: none; stroke-width: 2 }
  circle.forward { fill: var(--forward); stroke: none }
  circle.gradient { fill: var(--gradient); stroke: none }
  .bad { color: var(--bad); }
  svg .bad { fill: var(--bad) }
  .node { fill: var(--page); stroke: var(--ink) }
  .node.bad { fill: var(--page); stroke: var(--bad); stroke-width: 2 }
  .edge { fill: none; stroke: var(--line); stroke-width: 2 }
  .bar { fill: var(--gradient) }
)";

constexpr double kWidth = 900, kHeight = 320, kLeft = 55, kBottom = 30;

/// Sizes of layers on a logarithmic scale over their order.
class Plot {
public:
  Plot(const CheckReport &report, llvm::raw_ostream &os)
      : report(report), os(os) {
    for (const LayerForecast &layer : report.forecast.getLayers())
      for (double value : {layer.forwardRms, layer.gradientRms})
        include(value);
    for (const MeasuredLayer &layer : report.measured)
      for (double value : {layer.forwardRms, layer.gradientRms})
        include(value);
    low = std::floor(low - 0.01);
    high = std::ceil(high + 0.01);
  }

  void print() {
    os << llvm::formatv("<svg viewBox=\"0 0 {0} {1}\" role=\"img\" "
                        "aria-label=\"sizes over depth\">\n",
                        kWidth, kHeight);
    printGrid();
    printLine("forward", [](const LayerForecast &l) { return l.forwardRms; });
    printLine("gradient", [](const LayerForecast &l) { return l.gradientRms; });
    for (auto [index, layer] : llvm::enumerate(report.measured)) {
      printDot("forward", index, layer.forwardRms);
      printDot("gradient", index, layer.gradientRms);
    }
    os << "</svg>\n";
  }

private:
  static bool isShown(double value) {
    return std::isfinite(value) && value > 0.0;
  }
  void include(double value) {
    if (!isShown(value))
      return;
    low = std::min(low, std::log10(value));
    high = std::max(high, std::log10(value));
  }
  double getX(size_t index) const {
    size_t count = std::max<size_t>(report.forecast.getLayers().size(), 2);
    return kLeft + double(index) / double(count - 1) * (kWidth - kLeft - 15);
  }
  double getY(double value) const {
    double part = (std::log10(value) - low) / (high - low);
    return 10 + (1.0 - part) * (kHeight - kBottom - 10);
  }
  void printGrid() {
    int step = std::max(1, int((high - low) / 8));
    for (int power = int(low); power <= int(high); power += step) {
      double y = getY(std::pow(10.0, power));
      os << llvm::formatv("<line class=\"grid\" x1=\"{0}\" x2=\"{1}\" "
                          "y1=\"{2:f1}\" y2=\"{2:f1}\"/><text x=\"{3}\" "
                          "y=\"{4:f1}\" text-anchor=\"end\">1e{5}</text>\n",
                          kLeft, kWidth, y, kLeft - 6, y + 4, power);
    }
    os << llvm::formatv("<text x=\"{0}\" y=\"{1}\">first op</text><text "
                        "x=\"{2}\" y=\"{1}\" text-anchor=\"end\">last "
                        "op</text>\n",
                        kLeft, kHeight - 8, kWidth - 15);
  }
  void printLine(StringRef name,
                 llvm::function_ref<double(const LayerForecast &)> get) {
    os << "<polyline class=\"" << name << "\" points=\"";
    for (auto [index, layer] : llvm::enumerate(report.forecast.getLayers()))
      if (isShown(get(layer)))
        os << llvm::formatv("{0:f1},{1:f1} ", getX(index), getY(get(layer)));
    os << "\"/>\n";
  }
  void printDot(StringRef name, size_t index, double value) {
    if (isShown(value))
      os << llvm::formatv("<circle class=\"{0}\" cx=\"{1:f1}\" cy=\"{2:f1}\" "
                          "r=\"3\"/>\n",
                          name, getX(index), getY(value));
  }

  const CheckReport &report;
  llvm::raw_ostream &os;
  double low = 0.0, high = 0.0;
};

std::string escape(StringRef text) {
  std::string result;
  llvm::raw_string_ostream os(result);
  llvm::printHTMLEscaped(text, os);
  return result;
}

void printLayers(const CheckReport &report, llvm::raw_ostream &os) {
  ValueNames names(report.forecast.getModel());
  bool isMeasured = !report.measured.empty();
  os << "<table><tr><th>layer<th>op<th>forward<th>gradient"
     << (isMeasured ? "<th>measured forward<th>measured gradient" : "")
     << "<th>saturated<th>dead<th></tr>\n";
  auto share = [](const std::optional<double> &value) {
    return value ? std::to_string(int(std::lround(100.0 * *value))) + "%" : "";
  };
  for (auto [index, layer] : llvm::enumerate(report.forecast.getLayers())) {
    os << "<tr><td>" << escape(names.get(layer.value)) << "<td>"
       << escape(layer.op->getName().getStringRef()) << "<td>"
       << formatShort(layer.forwardRms) << "<td>"
       << formatShort(layer.gradientRms);
    if (isMeasured)
      os << "<td>" << formatShort(report.measured[index].forwardRms) << "<td>"
         << formatShort(report.measured[index].gradientRms);
    os << "<td>" << share(layer.saturated) << "<td>" << share(layer.dead)
       << "<td class=\"bad\">" << getKinds(report, layer.op) << "</tr>\n";
  }
  os << "</table>\n";
}

} // namespace

void CheckReport::printPage(llvm::raw_ostream &os) const {
  std::string name = escape(forecast.getModel().getSymName());
  os << "<!DOCTYPE html>\n<html lang=\"en\"><meta charset=\"utf-8\">"
     << "<meta name=\"viewport\" content=\"width=device-width\"><title>" << name
     << ": gradient forecast</title>\n<style>" << kStyle << "</style>\n<h1>"
     << name << ": " << getVerdict(findings) << "</h1>\n"
     << llvm::formatv("<p>Sizes (root mean squares) at initialization for "
                      "batches of {0}: <b class=\"legend\" "
                      "style=\"color:var(--forward)\">values</b> and <b "
                      "style=\"color:var(--gradient)\">gradients</b>, relative "
                      "to the network's output{1}.</p>\n",
                      forecast.getBatchSize(),
                      measured.empty() ? ""
                                       : "; dots were measured on one batch");
  Plot(*this, os).print();
  if (!findings.empty())
    os << "<h2>Warnings</h2>\n<ul>\n";
  for (const Finding &finding : findings)
    os << "<li><b class=\"bad\">" << finding.kind << "</b>, line "
       << getLine(finding.op) << ": " << escape(finding.message) << ".<br>"
       << escape(finding.fix) << ".\n";
  os << (findings.empty() ? "" : "</ul>\n")
     << "<h2>Graph</h2>\n<p>Bars are the gradients' sizes on a logarithmic "
        "scale.</p>\n";
  printGraph(*this, os);
  os << "<h2>Layers</h2>\n";
  printLayers(*this, os);
  os << "</html>\n";
}
