//===- ForecastMatrix.cpp - Forecasts of many networks, the worst first ---===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

// keel-forecast-matrix [--show] [--compare] [--jobs=N] [--seeds=N]
// [--file=PATH]
// [--FIELD=A,B,...]: measures every combination of the fields below and prints
// those that are furthest off. What was measured is kept in the file, and not
// measured again; with --compare nothing is measured, and what the file lacks
// is left out.

#include "MatrixResults.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringRef.h"
#include <atomic>
#include <cmath>
#include <cstdio>
#include <mutex>
#include <thread>

using namespace keel::test;

using Values = std::vector<std::string>;
/// Networks that one compiled network serves.
using Group = std::vector<ForecastCase>;

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

namespace {

struct Matrix {
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
      {"rows", {"256", "64", "8"}},
      {"seeds", {"20"}},
      {"jobs", {"1"}},
      {"file", {""}}};
  bool show = false, compareOnly = false;

  bool parse(int argc, char **argv);
  int getNumber(const char *field) { return std::stoi(fields[field][0]); }
  std::vector<Group> makeGroups();
  void run();

private:
  void run(const Group &group, Measurements &measurements);

  std::mutex mutex;
  std::vector<MatrixResult> results;
};

} // namespace

bool Matrix::parse(int argc, char **argv) {
  for (int i = 1; i < argc; ++i) {
    llvm::StringRef argument = argv[i];
    argument.consume_front("--");
    auto [name, value] = argument.split('=');
    if (name == "show")
      show = true;
    else if (name == "compare")
      compareOnly = true;
    else if (fields.count(name.str()))
      fields[name.str()] = split(value);
    else
      return std::fprintf(stderr, "unknown flag %s\n", argv[i]), false;
  }
  return true;
}

/// Only norms over the batch are measured for each size of the batch.
std::vector<Group> Matrix::makeGroups() {
  std::vector<Group> groups;
  auto fill = [&](ForecastCase network) {
    Group group;
    size_t batches = network.norm == "batch" ? fields["rows"].size() : 1;
    for (size_t i = 0; i < batches; ++i)
      for (const std::string &init : fields["init"]) {
        network.rows = std::stoi(fields["rows"][i]);
        network.initializer = getInitializer(init, network.width);
        group.push_back(network);
      }
    groups.push_back(group);
  };
  for (const std::string &width : fields["width"])
    for (const std::string &layers : fields["layers"])
      for (const std::string &shortcut : fields["shortcut"])
        for (const std::string &norm : fields["norm"])
          for (const std::string &activation : fields["activation"])
            fill({.activation = getText(activation),
                  .norm = norm,
                  .shortcut = shortcut,
                  .layers = std::stoi(layers),
                  .width = std::stoi(width)});
  return groups;
}

void Matrix::run(const Group &group, Measurements &measurements) {
  int seeds = getNumber("seeds");
  auto getName = [&](const ForecastCase &network) {
    return network.getName() + ", " + std::to_string(seeds) + " seeds";
  };
  Group missing;
  {
    std::lock_guard<std::mutex> lock(mutex);
    for (const ForecastCase &network : group)
      if (!compareOnly && !measurements.find(getName(network)))
        missing.push_back(network);
  }
  std::vector<std::vector<Sizes>> measured;
  if (!missing.empty())
    measured = measure(missing, seeds);
  std::lock_guard<std::mutex> lock(mutex);
  for (size_t i = 0; i < missing.size(); ++i)
    measurements.add(getName(missing[i]), measured[i]);
  for (const ForecastCase &network : group) {
    const std::vector<Sizes> *sizes = measurements.find(getName(network));
    if (!sizes)
      continue;
    results.push_back(compare(network, *sizes, seeds, show));
    std::printf("%8.2f  %s\n      %s\n", results.back().miss,
                network.getName().c_str(), results.back().worst.c_str());
  }
  std::fflush(stdout);
}

void Matrix::run() {
  std::vector<Group> groups = makeGroups();
  Measurements measurements(fields["file"][0]);
  std::atomic<size_t> next = 0;
  std::vector<std::thread> threads;
  for (int i = 0, e = getNumber("jobs"); i < e; ++i)
    threads.emplace_back([&] {
      for (size_t k = next++; k < groups.size(); k = next++)
        run(groups[k], measurements);
    });
  for (std::thread &thread : threads)
    thread.join();
  printSummary(results);
}

int main(int argc, char **argv) {
  Matrix matrix;
  if (!matrix.parse(argc, argv))
    return 2;
  matrix.run();
  return 0;
}
