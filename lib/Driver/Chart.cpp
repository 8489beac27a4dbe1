//===- Chart.cpp - Curves over steps, as SVG ------------------------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Chart.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/FormatVariadic.h"
#include <algorithm>
#include <cmath>
#include <cstdio>

using namespace keel;

static constexpr double kWidth = 900, kHeight = 220, kLeft = 70, kRight = 15,
                        kTop = 10, kBottom = 34;
/// Points of a curve: more are averaged.
static constexpr size_t kMostPoints = 450;

std::string keel::formatTick(double value) {
  char text[32];
  snprintf(text, sizeof text, "%.4g", value);
  return text;
}

void Chart::addCurve(llvm::StringRef style, std::vector<Point> points,
                     bool withDots) {
  std::vector<Point> kept;
  for (const Point &point : points)
    if (std::isfinite(point.value))
      kept.push_back(point);
  if (!kept.empty())
    curves.push_back({style.str(), std::move(kept), withDots});
}

void Chart::addMarks(llvm::StringRef style, std::vector<int64_t> steps) {
  if (!steps.empty())
    marks.push_back({style.str(), std::move(steps)});
}

void Chart::findRange() {
  low = INFINITY;
  high = -INFINITY;
  for (const Curve &curve : curves)
    for (const Point &point : curve.points) {
      low = std::min(low, point.value);
      high = std::max(high, point.value);
    }
  if (!(low <= high)) {
    low = 0.0;
    high = 1.0;
  }
}

void Chart::useLogarithm(double ratio) {
  findRange();
  isLogarithmic = low > 0.0 && high / low > ratio;
}

double Chart::getX(double step) const {
  double part =
      last > first ? (step - double(first)) / double(last - first) : 0.5;
  return kLeft + part * (kWidth - kLeft - kRight);
}

double Chart::getY(double value) const {
  double at = isLogarithmic ? std::log10(value) : value;
  return kTop + (high - at) / (high - low) * (kHeight - kTop - kBottom);
}

/// A step of 1, 2 or 5 times a power of ten that cuts `range` into about
/// `count` parts.
static double getStep(double range, double count) {
  double rough = range / count,
         power = std::pow(10.0, std::floor(std::log10(rough)));
  double rest = rough / power;
  return power * (rest <= 1.0   ? 1.0
                  : rest <= 2.0 ? 2.0
                  : rest <= 5.0 ? 5.0
                                : 10.0);
}

/// The values at which there is a line.
std::vector<double> Chart::getTicks() const {
  std::vector<double> ticks;
  if (!isLogarithmic) {
    double step = getStep(high - low, 4.0);
    for (double at = std::ceil(low / step); at <= high / step; ++at)
      ticks.push_back(at * step + 0.0); // no -0
    return ticks;
  }
  // Few powers of ten leave room for 2 and 5 times them.
  double step = std::max(1.0, std::ceil((high - low) / 5.0));
  for (double at = std::floor(low / step) * step; at <= high; at += step)
    for (double factor : {1.0, 2.0, 5.0})
      if (factor == 1.0 || high - low < 2.0)
        ticks.push_back(factor * std::pow(10.0, at));
  llvm::erase_if(ticks, [&](double tick) {
    return std::log10(tick) < low || std::log10(tick) > high;
  });
  return ticks;
}

void Chart::printGrid(llvm::raw_ostream &os) const {
  for (double tick : getTicks()) {
    double y = getY(tick);
    os << llvm::formatv("<line class=\"grid\" x1=\"{0}\" x2=\"{1}\" "
                        "y1=\"{2:f1}\" y2=\"{2:f1}\"/><text x=\"{3}\" "
                        "y=\"{4:f1}\" text-anchor=\"end\">{5}</text>\n",
                        kLeft, kWidth - kRight, y, kLeft - 6, y + 4,
                        formatTick(tick));
  }
  double steps = std::max(1.0, getStep(double(last - first) + 1.0, 8.0));
  for (double at = std::ceil(double(first) / steps) * steps; at <= double(last);
       at += steps)
    os << llvm::formatv("<text x=\"{0:f1}\" y=\"{1}\" "
                        "text-anchor=\"middle\">{2}</text>\n",
                        getX(at), kHeight - 6, int64_t(at));
}

/// Means of as many neighbours as leave few enough points.
std::vector<Chart::Point>
Chart::average(const std::vector<Point> &points) const {
  size_t group = (points.size() + kMostPoints - 1) / kMostPoints;
  std::vector<Point> means;
  for (size_t begin = 0; begin < points.size(); begin += group) {
    size_t end = std::min(points.size(), begin + group);
    double value = 0.0, step = 0.0, count = double(end - begin);
    for (size_t i = begin; i < end; ++i) {
      step += points[i].step / count;
      value +=
          (isLogarithmic ? std::log(points[i].value) : points[i].value) / count;
    }
    means.push_back({step, isLogarithmic ? std::exp(value) : value});
  }
  return means;
}

void Chart::printCurve(const Curve &curve, llvm::raw_ostream &os) const {
  os << "<polyline class=\"" << curve.style << "\" points=\"";
  for (const Point &point : curve.points)
    os << llvm::formatv("{0:f1},{1:f1} ", getX(point.step), getY(point.value));
  os << "\"/>\n";
  if (!curve.withDots && curve.points.size() > 1)
    return;
  for (const Point &point : curve.points)
    os << llvm::formatv("<circle class=\"{0}\" cx=\"{1:f1}\" cy=\"{2:f1}\" "
                        "r=\"3\"/>\n",
                        curve.style, getX(point.step), getY(point.value));
}

void Chart::print(llvm::raw_ostream &os) {
  for (Curve &curve : curves)
    curve.points = average(curve.points);
  findRange();
  if (isLogarithmic) {
    low = std::log10(low);
    high = std::log10(high);
  }
  double margin =
      high > low ? 0.04 * (high - low) : std::max(0.1 * std::abs(high), 1e-3);
  low -= margin;
  high += margin;
  os << llvm::formatv("<svg viewBox=\"0 0 {0} {1}\" role=\"img\" "
                      "aria-label=\"{2}\">\n",
                      kWidth, kHeight, title);
  printGrid(os);
  for (const Curve &curve : curves)
    printCurve(curve, os);
  for (const Marks &mark : marks) {
    // Marks closer than a pixel are one.
    double before = -1.0;
    os << "<path class=\"" << mark.style << "\" d=\"";
    for (int64_t step : mark.steps)
      if (double x = getX(double(step)); x - before >= 1.0) {
        os << llvm::formatv("M{0:f1} {1}v8", x, kHeight - kBottom + 2);
        before = x;
      }
    os << "\"/>\n";
  }
  os << "</svg>\n";
}
