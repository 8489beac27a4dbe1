//===- MatrixResults.cpp - What a matrix of forecasts gave
//-----------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "MatrixResults.h"
#include "llvm/ADT/STLExtras.h"
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <sstream>

using namespace keel::test;

Measurements::Measurements(std::string path) : path(std::move(path)) {
  std::ifstream file(this->path);
  std::string line;
  while (std::getline(file, line)) {
    // A line without its end was being written when the run was stopped.
    size_t bar = line.find('|');
    if (bar == std::string::npos || line.back() != ';')
      continue;
    std::istringstream numbers(line.substr(bar + 1));
    std::vector<Sizes> sizes;
    Sizes s;
    while (numbers >> s.forward >> s.forwardDeviation >> s.gradient >>
           s.gradientDeviation)
      sizes.push_back(s);
    measured[line.substr(0, bar)] = sizes;
  }
}

const std::vector<Sizes> *Measurements::find(const std::string &name) const {
  auto found = measured.find(name);
  return found == measured.end() ? nullptr : &found->second;
}

void Measurements::add(const std::string &name,
                       const std::vector<Sizes> &sizes) {
  measured[name] = sizes;
  if (path.empty())
    return;
  std::ofstream file(path, std::ios::app);
  file << name << '|';
  for (const Sizes &s : sizes)
    file << s.forward << ' ' << s.forwardDeviation << ' ' << s.gradient << ' '
         << s.gradientDeviation << ' ';
  file << ";\n";
}

static std::string formatLine(size_t index, const ForecastValue &value,
                              const Sizes &measured, int seeds) {
  const Sizes &s = value.sizes;
  char line[256];
  std::snprintf(line, sizeof line,
                "%3zu %-16s fwd %9.3g meas %9.3g dev %.3f meas %.3f miss %.2f "
                "| grad %9.3g meas %9.3g dev %.3f meas %.3f miss %.2f",
                index, value.op.c_str(), s.forward, measured.forward,
                s.forwardDeviation, measured.forwardDeviation,
                s.getForwardMiss(measured, seeds), s.gradient,
                measured.gradient, s.gradientDeviation,
                measured.gradientDeviation, s.getGradientMiss(measured, seeds));
  return line;
}

MatrixResult keel::test::compare(const ForecastCase &network,
                                 const std::vector<Sizes> &measured, int seeds,
                                 bool show) {
  std::vector<ForecastValue> values = forecast(network);
  MatrixResult result;
  result.network = network;
  if (values.empty() || values.size() != measured.size()) {
    result.miss = INFINITY;
    result.worst = "not measured: beyond the range of f32";
    return result;
  }
  for (size_t i = 0; i < values.size(); ++i) {
    std::string line = formatLine(i, values[i], measured[i], seeds);
    if (show)
      std::puts(line.c_str());
    double miss = std::max(values[i].sizes.getForwardMiss(measured[i], seeds),
                           values[i].sizes.getGradientMiss(measured[i], seeds));
    if (!values[i].isReliable) {
      ++result.beyond;
      result.missBeyond = std::max(result.missBeyond, miss);
    } else if (miss >= result.miss) {
      result.miss = miss;
      result.worst = line;
    }
  }
  return result;
}

namespace {

/// Of one activation, norm and shortcut.
struct Cell {
  double miss = 0.0;
  size_t beyond = 0;
};

} // namespace

/// A row an activation, a column a norm and shortcut: the worst of all depths,
/// widths, initializers and batches, and in how many networks theory fails.
static void printTable(const std::vector<MatrixResult> &results) {
  std::map<std::string, std::map<std::string, Cell>> rows;
  std::vector<std::string> columns;
  for (const MatrixResult &r : results) {
    std::string column = r.network.norm + " " + r.network.shortcut;
    if (std::find(columns.begin(), columns.end(), column) == columns.end())
      columns.push_back(column);
    Cell &cell = rows[r.network.getActivation()][column];
    cell.miss = std::max(cell.miss, r.miss);
    cell.beyond += r.beyond > 0;
  }
  std::printf("\n| activation |");
  for (const std::string &column : columns)
    std::printf(" %s |", column.c_str());
  std::printf("\n|---|");
  for (size_t i = 0; i < columns.size(); ++i)
    std::printf("---|");
  for (auto &[activation, cells] : rows) {
    std::printf("\n| %s |", activation.c_str());
    for (const std::string &column : columns) {
      std::printf(" %.2f", cells[column].miss);
      if (cells[column].beyond > 0)
        std::printf(" (%zu)", cells[column].beyond);
      std::printf(" |");
    }
  }
  std::puts("");
}

/// Networks in which theory fails, as the analysis says itself.
static void printBeyond(const std::vector<MatrixResult> &results) {
  for (const MatrixResult &r : results)
    if (r.beyond > 0)
      std::printf("%8.2f  %s: %zu ops\n", r.missBeyond,
                  r.network.getName().c_str(), r.beyond);
}

void keel::test::printSummary(std::vector<MatrixResult> results) {
  std::puts("\nThe worst op, in units of what is allowed, where theory holds "
            "(and in how many networks it fails at some op):");
  printTable(results);
  llvm::sort(results, [](const MatrixResult &a, const MatrixResult &b) {
    return a.miss > b.miss;
  });
  size_t beyond = llvm::count_if(
      results, [](const MatrixResult &r) { return r.beyond > 0; });
  std::printf("\nTheory fails at some op of %zu networks; how far these are "
              "off:\n",
              beyond);
  printBeyond(results);
  size_t off =
      llvm::count_if(results, [](const MatrixResult &r) { return r.miss > 1; });
  std::printf("\n%zu of %zu networks are off by more than allowed where theory "
              "holds; the worst:\n",
              off, results.size());
  for (size_t i = 0; i < std::min<size_t>(results.size(), 20); ++i)
    std::printf("%8.2f  %s\n      %s\n", results[i].miss,
                results[i].network.getName().c_str(), results[i].worst.c_str());
}
