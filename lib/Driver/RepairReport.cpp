//===- RepairReport.cpp - What was tried and what came of it --------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "RepairReport.h"
#include "llvm/Support/FormatVariadic.h"
#include <cmath>

using namespace mlir;
using namespace keel;

static std::string formatLoss(const std::optional<TrialResult> &trial,
                              double TrialResult::*loss) {
  if (!trial)
    return "-";
  double value = *trial.*loss;
  return std::isfinite(value) ? llvm::formatv("{0:f4}", value).str()
                              : "not finite";
}

static std::string formatAccuracy(const std::optional<TrialResult> &trial) {
  if (!trial || !trial->accuracy)
    return "-";
  return llvm::formatv("{0:f4}", *trial->accuracy).str();
}

void RepairReport::printTable(llvm::raw_ostream &os) const {
  size_t width = strlen("cures");
  for (const Row &row : rows)
    width = std::max(width, row.label.size());
  auto print = [&](StringRef label, StringRef verdict, StringRef last,
                   StringRef loss, StringRef accuracy, StringRef mark) {
    os << llvm::left_justify(label, unsigned(width)) << "  "
       << llvm::left_justify(verdict, 14) << "  "
       << llvm::right_justify(last, 10) << "  " << llvm::right_justify(loss, 10)
       << "  " << llvm::right_justify(accuracy, 8) << mark << '\n';
  };
  print("cures", "forecast", "trained", "loss", "accuracy", "");
  for (auto [index, row] : llvm::enumerate(rows))
    print(row.label, row.verdict,
          formatLoss(row.trial, &TrialResult::lastLosses),
          formatLoss(row.trial, &TrialResult::loss), formatAccuracy(row.trial),
          index == chosen ? "  <- written" : "");
  if (!conditions.empty())
    os << conditions << '\n';
}

namespace {

constexpr llvm::StringLiteral kStyle = R"(
  :root { --ink: #1b1f24; --page: #fff; --line: #c9ced4; color-scheme: light dark;
          --c0: #a40e26; --c1: #0b6bcb; --c2: #14804a; --c3: #8a5a00;
          --c4: #7a3fb0; --c5: #5b6570 }
  @media (prefers-color-scheme: dark) {
    :root { --ink: #e3e6ea; --page: #16181b; --line: #44494f;
            --c0: #ff8fa0; --c1: #66b2ff; --c2: #5fd39a; --c3: #e6b450;
            --c4: #c79bf2; --c5: #a9b3bd } }
  body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink);
         background: var(--page); max-width: 60rem; margin: 2rem auto;
         padding: 0 1rem }
  table { border-collapse: collapse; font-variant-numeric: tabular-nums }
  td, th { padding: .1rem .7rem; text-align: left;
           border-bottom: 1px solid var(--line) }
  td:nth-child(n+4), th:nth-child(n+4) { text-align: right }
  .chosen { font-weight: 600 }
  svg { width: 100%; height: auto }
  svg text { fill: var(--ink); font-size: 12px }
  .grid { stroke: var(--line) }
  polyline { fill: none; stroke-width: 2 }
  pre { overflow-x: auto; border: 1px solid var(--line); padding: .7rem }
)";

constexpr double kWidth = 900, kHeight = 320, kLeft = 55, kBottom = 30;
constexpr size_t kColors = 6;

/// Losses over the steps, each the mean of the few about it.
class LossPlot {
public:
  LossPlot(const RepairReport &report, llvm::raw_ostream &os) : os(os) {
    for (const RepairReport::Row &row : report.rows) {
      curves.push_back(row.trial ? smooth(row.trial->losses)
                                 : std::vector<double>());
      for (double loss : curves.back())
        if (std::isfinite(loss))
          most = std::max(most, loss);
      steps = std::max(steps, curves.back().size());
    }
    // What explodes leaves the plot; the rest stays readable.
    if (!report.rows.empty() && report.rows[0].trial &&
        !report.rows[0].trial->losses.empty())
      for (size_t i = 1; i < curves.size(); ++i)
        for (double loss : curves[i])
          if (std::isfinite(loss))
            others = std::max(others, loss);
    if (others > 0.0)
      most = std::min(most, 1.5 * others);
  }

  void print() {
    os << llvm::formatv("<svg viewBox=\"0 0 {0} {1}\" role=\"img\" "
                        "aria-label=\"losses over steps\">\n",
                        kWidth, kHeight);
    for (int i = 0; i <= 4; ++i) {
      double value = most * i / 4;
      os << llvm::formatv("<line class=\"grid\" x1=\"{0}\" x2=\"{1}\" "
                          "y1=\"{2:f1}\" y2=\"{2:f1}\"/><text x=\"{3}\" "
                          "y=\"{4:f1}\" text-anchor=\"end\">{5:f2}</text>\n",
                          kLeft, kWidth, getY(value), kLeft - 6,
                          getY(value) + 4, value);
    }
    os << llvm::formatv("<text x=\"{0}\" y=\"{1}\">step 1</text><text "
                        "x=\"{2}\" y=\"{1}\" text-anchor=\"end\">step "
                        "{3}</text>\n",
                        kLeft, kHeight - 8, kWidth, steps);
    for (size_t i = 0; i < curves.size(); ++i)
      printCurve(i);
    os << "</svg>\n";
  }

private:
  static std::vector<double> smooth(ArrayRef<double> losses) {
    size_t reach = std::max<size_t>(1, losses.size() / 60);
    std::vector<double> result;
    for (size_t i = 0; i < losses.size(); ++i) {
      size_t begin = i < reach ? 0 : i - reach;
      ArrayRef<double> around =
          losses.slice(begin, std::min(losses.size(), i + reach + 1) - begin);
      double sum = 0.0;
      for (double loss : around)
        sum += loss;
      result.push_back(sum / double(around.size()));
    }
    return result;
  }
  double getY(double value) const {
    return 10 + (1.0 - value / most) * (kHeight - kBottom - 10);
  }
  void printCurve(size_t index) {
    os << llvm::formatv("<polyline style=\"stroke: var(--c{0})\" points=\"",
                        index % kColors);
    double scale = steps > 1 ? (kWidth - kLeft) / double(steps - 1) : 0.0;
    for (auto [step, loss] : llvm::enumerate(curves[index]))
      if (std::isfinite(loss) && loss <= most)
        os << llvm::formatv("{0:f1},{1:f1} ", kLeft + double(step) * scale,
                            getY(loss));
    os << "\"/>\n";
  }

  llvm::raw_ostream &os;
  std::vector<std::vector<double>> curves;
  double most = 1e-9, others = 0.0;
  size_t steps = 0;
};

void escape(StringRef text, llvm::raw_ostream &os) {
  llvm::printHTMLEscaped(text, os);
}

} // namespace

void RepairReport::printPage(llvm::raw_ostream &os) const {
  os << "<!doctype html>\n<html lang=\"en\"><meta charset=\"utf-8\">\n"
        "<meta name=\"viewport\" content=\"width=device-width\">\n<title>";
  escape("Repair of " + model, os);
  os << "</title>\n<style>" << kStyle << "</style>\n<h1>";
  escape("Repair of @" + model, os);
  os << "</h1>\n";
  if (!conditions.empty()) {
    os << "<p>";
    escape(conditions, os);
    os << "</p>\n";
    LossPlot(*this, os).print();
  }
  os << "<table><tr><th><th>cures<th>forecast<th>trained<th>loss<th>accuracy</"
        "tr>\n";
  for (auto [index, row] : llvm::enumerate(rows)) {
    os << llvm::formatv("<tr{0}><td style=\"color: var(--c{1})\">&#9632;<td>",
                        index == chosen ? " class=\"chosen\"" : "",
                        index % kColors);
    escape(row.label, os);
    os << "<td>" << row.verdict << "<td>"
       << formatLoss(row.trial, &TrialResult::lastLosses) << "<td>"
       << formatLoss(row.trial, &TrialResult::loss) << "<td>"
       << formatAccuracy(row.trial) << "</tr>\n";
  }
  os << "</table>\n<h2>The model that was written</h2>\n<pre>";
  escape(text, os);
  os << "</pre>\n</html>\n";
}
