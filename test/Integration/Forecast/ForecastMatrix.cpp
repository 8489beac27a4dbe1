//===- ForecastMatrix.cpp - Forecasts of many networks, the worst first
//----===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

// keel-forecast-matrix [--quick] [--show] [--seeds=N] [--FIELD=A,B,...]:
// measures every combination of the fields below and prints those that are
// furthest off.

#include "Measured.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringRef.h"
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <map>

using namespace keel::test;

using Values = std::vector<std::string>;

static Values split(llvm::StringRef text) {
  llvm::SmallVector<llvm::StringRef> parts;
  text.split(parts, ',');
  Values values;
  for (llvm::StringRef part : parts)
    values.push_back(part.str());
  return values;
}

/// `leaky_relu` as a model has it, with `{0}` for its operand.
static std::string getText(const std::string &activation) {
  if (activation == "gelu_tanh")
    return "gelu {0} {{approximate = \"tanh\"}";
  return activation + " {0}";
}

static std::string getInitializer(const std::string &name, int width) {
  if (name == "normal")
    return "normal<stddev = " + std::to_string(1.2 / std::sqrt(width)) + ">";
  return name;
}

struct Result {
  double miss;
  std::string text;
};

static Result run(const ForecastCase &network, int seeds, bool show) {
  std::vector<MeasuredValue> values = measure(network, seeds);
  Result worst{values.empty() ? 1e9 : -1.0, network.getName()};
  for (size_t i = 0; i < values.size(); ++i) {
    const MeasuredValue &v = values[i];
    double forward = v.getForwardMiss(seeds),
           gradient = v.getGradientMiss(seeds);
    char line[256];
    std::snprintf(line, sizeof line,
                  "%3zu %-16s fwd %9.3g meas %9.3g dev %.3f meas %.3f miss "
                  "%.2f | grad %9.3g meas %9.3g dev %.3f meas %.3f miss %.2f",
                  i, v.op.c_str(), v.forward, v.measuredForward,
                  v.forwardDeviation, v.measuredForwardDeviation, forward,
                  v.gradient, v.measuredGradient, v.gradientDeviation,
                  v.measuredGradientDeviation, gradient);
    if (show)
      std::puts(line);
    if (std::max(forward, gradient) > worst.miss)
      worst = {std::max(forward, gradient),
               network.getName() + "\n      " + line};
  }
  return worst;
}

int main(int argc, char **argv) {
  std::map<std::string, Values> fields = {
      {"activation",
       {"relu", "leaky_relu", "elu", "selu", "gelu", "gelu_tanh", "silu",
        "softplus", "softsign", "hard_sigmoid", "hard_swish", "sigmoid",
        "tanh"}},
      {"init", {"xavier_normal", "he_normal", "lecun_normal", "normal"}},
      {"norm", {"none", "batch", "layer"}},
      {"shortcut", {"plain", "residual", "concat"}},
      {"layers", {"2", "10", "50"}},
      {"width", {"256", "1000"}},
      {"rows", {"256"}},
      {"seeds", {"20"}}};
  bool show = false;
  for (int i = 1; i < argc; ++i) {
    llvm::StringRef argument = argv[i];
    argument.consume_front("--");
    auto [name, value] = argument.split('=');
    if (name == "show")
      show = true;
    else if (fields.count(name.str()))
      fields[name.str()] = split(value);
    else
      return std::fprintf(stderr, "unknown flag %s\n", argv[i]), 2;
  }
  int seeds = std::stoi(fields["seeds"][0]);
  std::vector<Result> results;
  for (const std::string &rows : fields["rows"])
    for (const std::string &width : fields["width"])
      for (const std::string &layers : fields["layers"])
        for (const std::string &shortcut : fields["shortcut"])
          for (const std::string &norm : fields["norm"])
            for (const std::string &init : fields["init"])
              for (const std::string &activation : fields["activation"]) {
                ForecastCase network;
                network.activation = getText(activation);
                network.initializer = getInitializer(init, std::stoi(width));
                network.norm = norm;
                network.shortcut = shortcut;
                network.layers = std::stoi(layers);
                network.width = std::stoi(width);
                network.rows = std::stoi(rows);
                results.push_back(run(network, seeds, show));
                std::printf("%8.2f  %s\n", results.back().miss,
                            results.back().text.c_str());
                std::fflush(stdout);
              }
  std::stable_sort(
      results.begin(), results.end(),
      [](const Result &a, const Result &b) { return a.miss > b.miss; });
  size_t off = std::count_if(results.begin(), results.end(),
                             [](const Result &r) { return r.miss > 1.0; });
  std::printf("%zu of %zu networks are off by more than allowed; the worst:\n",
              off, results.size());
  for (size_t i = 0; i < std::min<size_t>(results.size(), 20); ++i)
    std::printf("%8.2f  %s\n", results[i].miss, results[i].text.c_str());
  return 0;
}
