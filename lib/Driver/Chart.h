//===- Chart.h - Curves over steps, as SVG --------------------------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef KEEL_LIB_DRIVER_CHART_H
#define KEEL_LIB_DRIVER_CHART_H

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/raw_ostream.h"
#include <string>
#include <vector>

namespace keel {

/// Curves over one axis of steps.
class Chart {
public:
  Chart(std::string title, int64_t firstStep, int64_t lastStep)
      : title(std::move(title)), first(firstStep), last(lastStep) {}

  struct Point {
    double step;
    double value; ///< left out where it is not finite
  };

  /// A curve in a class of the page's style; the mean of many points, or each
  /// with a dot.
  void addCurve(llvm::StringRef style, std::vector<Point> points,
                bool withDots = false);
  /// A mark on the axis at each of these steps.
  void addMarks(llvm::StringRef style, std::vector<int64_t> steps);
  /// A logarithmic scale, where all values allow it and they are far apart.
  void useLogarithm(double ratio);

  void print(llvm::raw_ostream &os);

private:
  struct Curve {
    std::string style;
    std::vector<Point> points;
    bool withDots;
  };
  struct Marks {
    std::string style;
    std::vector<int64_t> steps;
  };

  void findRange();
  std::vector<Point> average(const std::vector<Point> &points) const;
  std::vector<double> getTicks() const;
  double getX(double step) const;
  double getY(double value) const;
  void printGrid(llvm::raw_ostream &os) const;
  void printCurve(const Curve &curve, llvm::raw_ostream &os) const;

  std::string title;
  int64_t first, last;
  std::vector<Curve> curves;
  std::vector<Marks> marks;
  double low = 0.0, high = 1.0;
  bool isLogarithmic = false;
};

/// A number for a reader: four digits at most.
std::string formatTick(double value);

} // namespace keel

#endif // KEEL_LIB_DRIVER_CHART_H
