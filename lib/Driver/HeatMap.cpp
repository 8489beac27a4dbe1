//===- HeatMap.cpp - Gradients of each layer over steps, as SVG -----------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "HeatMap.h"
#include "Chart.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"
#include <algorithm>
#include <cmath>

using namespace keel;

static constexpr double kWidth = 900, kLabels = 130, kForecast = 60, kGap = 10,
                        kTop = 20, kFoot = 62;
static constexpr int kColors = 48;
static constexpr size_t kMostColumns = 200, kMostLetters = 17;

namespace {

struct Rgb {
  double r, g, b;
};

/// From dark blue to yellow, as even to the eye as few fixed points make it.
Rgb getColor(double part) {
  static constexpr Rgb kStops[] = {{40, 20, 80},   {52, 68, 140},
                                   {36, 120, 142}, {46, 166, 126},
                                   {140, 204, 76}, {250, 230, 40}};
  double at = std::clamp(part, 0.0, 1.0) * 5.0;
  int i = std::min(4, int(at));
  double f = at - i;
  auto mix = [f](double a, double b) { return a + f * (b - a); };
  return {mix(kStops[i].r, kStops[i + 1].r), mix(kStops[i].g, kStops[i + 1].g),
          mix(kStops[i].b, kStops[i + 1].b)};
}

/// Cells of one colour are one path.
class Cells {
public:
  explicit Cells(const HeatMap &map) {
    for (const HeatMap::Row &row : map.rows) {
      include(row.forecast);
      for (double value : row.values)
        include(value);
    }
    if (!(low <= high))
      low = high = 0.0;
    if (high - low < 1.0) {
      double middle = 0.5 * (low + high);
      low = middle - 0.5;
      high = middle + 0.5;
    }
    paths.resize(kColors + 2);
  }

  void add(double value, double x, double y, double width, double height) {
    paths[getColorIndex(value)] += llvm::formatv(
        "M{0:f1} {1:f1}h{2:f1}v{3:f1}h-{2:f1}z", x, y, width, height);
  }

  void print(llvm::raw_ostream &os) const {
    for (auto [index, path] : llvm::enumerate(paths)) {
      if (path.empty())
        continue;
      std::string fill = "var(--bad)";
      if (int(index) == kColors + 1) {
        fill = "var(--line)";
      } else if (int(index) < kColors) {
        Rgb c = getColor(double(index) / (kColors - 1));
        fill = llvm::formatv("rgb({0},{1},{2})", int(c.r), int(c.g), int(c.b));
      }
      os << "<path shape-rendering=\"crispEdges\" fill=\"" << fill << "\" d=\""
         << path << "\"/>\n";
    }
  }

  void printLegend(llvm::raw_ostream &os, double y) const {
    constexpr double width = 300, height = 12;
    for (int i = 0; i < kColors; ++i) {
      Rgb c = getColor(double(i) / (kColors - 1));
      os << llvm::formatv("<rect x=\"{0:f1}\" y=\"{1:f1}\" width=\"{2:f2}\" "
                          "height=\"{3}\" fill=\"rgb({4},{5},{6})\"/>",
                          kLabels + width * i / kColors, y,
                          width / kColors + 0.4, height, int(c.r), int(c.g),
                          int(c.b));
    }
    os << llvm::formatv("\n<text x=\"{0}\" y=\"{1:f1}\" "
                        "text-anchor=\"end\">{2}</text><text x=\"{3}\" "
                        "y=\"{1:f1}\">{4}</text>\n",
                        kLabels - 6, y + 10, formatTick(std::pow(10.0, low)),
                        kLabels + width + 6, formatTick(std::pow(10.0, high)));
    double x = kLabels + width + 100;
    os << llvm::formatv(
        "<rect x=\"{0}\" y=\"{1:f1}\" width=\"12\" height=\"12\" "
        "fill=\"var(--bad)\"/><text x=\"{2}\" y=\"{3:f1}\">not finite</text>"
        "<rect x=\"{4}\" y=\"{1:f1}\" width=\"12\" height=\"12\" "
        "fill=\"var(--line)\"/><text x=\"{5}\" y=\"{3:f1}\">0</text>\n",
        x, y, x + 18, y + 10, x + 110, x + 128);
  }

private:
  void include(double value) {
    if (!std::isfinite(value) || !(value > 0.0))
      return;
    low = std::min(low, std::log10(value));
    high = std::max(high, std::log10(value));
  }
  size_t getColorIndex(double value) const {
    if (!std::isfinite(value))
      return kColors;
    if (!(value > 0.0))
      return kColors + 1;
    double part = (std::log10(value) - low) / (high - low);
    return size_t(std::lround(std::clamp(part, 0.0, 1.0) * (kColors - 1)));
  }

  double low = INFINITY, high = -INFINITY;
  std::vector<std::string> paths;
};

std::string escape(llvm::StringRef text) {
  std::string result;
  llvm::raw_string_ostream os(result);
  llvm::printHTMLEscaped(text, os);
  return result;
}

void printName(llvm::StringRef name, double y, llvm::raw_ostream &os) {
  std::string shown = name.str();
  if (name.size() > kMostLetters)
    shown = name.take_front(kMostLetters - 3).str() + "...";
  os << llvm::formatv("<text class=\"name\" x=\"{0}\" y=\"{1:f1}\" "
                      "text-anchor=\"end\"><title>{2}</title>{3}</text>\n",
                      kLabels - 6, y, escape(name), escape(shown));
}

} // namespace

void HeatMap::print(llvm::raw_ostream &os) const {
  double height =
      std::clamp(600.0 / double(std::max<size_t>(rows.size(), 1)), 13.0, 26.0);
  double bottom = kTop + height * double(rows.size());
  double left = kLabels + kForecast + kGap, wide = kWidth - left - 15;
  size_t group = (steps.size() + kMostColumns - 1) / kMostColumns;
  size_t columns = group ? (steps.size() + group - 1) / group : 0;
  double cell = columns ? wide / double(columns) : wide;
  os << llvm::formatv("<svg viewBox=\"0 0 {0} {1:f0}\" role=\"img\" "
                      "aria-label=\"gradients of each layer\">\n<text "
                      "x=\"{2}\" y=\"13\" text-anchor=\"middle\">forecast"
                      "</text>\n",
                      kWidth, bottom + kFoot, kLabels + 0.5 * kForecast);
  Cells cells(*this);
  double y = kTop;
  for (const Row &row : rows) {
    printName(row.name, y + 0.5 * height + 4, os);
    if (std::isfinite(row.forecast))
      cells.add(row.forecast, kLabels, y, kForecast, height);
    for (size_t i = 0; i < columns; ++i)
      cells.add(row.values[i * group], left + double(i) * cell, y, cell + 0.2,
                height);
    y += height;
  }
  cells.print(os);
  for (int i = 0; i <= 4 && columns; ++i) {
    size_t column = size_t(std::lround(double(columns - 1) * i / 4.0));
    if (i > 0 && columns < 5 &&
        column == size_t(std::lround(double(columns - 1) * (i - 1) / 4.0)))
      continue;
    os << llvm::formatv("<text x=\"{0:f1}\" y=\"{1:f1}\" "
                        "text-anchor=\"middle\">{2}</text>\n",
                        left + (double(column) + 0.5) * cell, bottom + 16,
                        steps[column * group]);
  }
  cells.printLegend(os, bottom + 36);
  os << "</svg>\n";
}
