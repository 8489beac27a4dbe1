//===- CheckReport.cpp - A forecast as a table and as JSON ----------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CheckReport.h"
#include "ValueNames.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/JSON.h"
#include <cmath>

using namespace mlir;
using namespace keel;

/// The longest bar.
static constexpr int kBarWidth = 24;

namespace {

/// Columns of text, each as wide as its widest cell.
class TextTable {
public:
  void add(std::vector<std::string> row) { rows.push_back(std::move(row)); }

  /// The first `numLeft` columns and the last one are set left, others right.
  void print(llvm::raw_ostream &os, size_t numLeft) const {
    std::vector<size_t> widths;
    for (const auto &row : rows) {
      widths.resize(std::max(widths.size(), row.size()));
      for (size_t i = 0; i < row.size(); ++i)
        widths[i] = std::max(widths[i], row[i].size());
    }
    for (const auto &row : rows) {
      std::string line;
      for (size_t i = 0; i < row.size(); ++i) {
        std::string padding(widths[i] - row[i].size(), ' ');
        bool isLeft = i < numLeft || i + 1 == row.size();
        line +=
            (i ? "  " : "") + (isLeft ? row[i] + padding : padding + row[i]);
      }
      os << StringRef(line).rtrim() << '\n';
    }
  }

private:
  std::vector<std::vector<std::string>> rows;
};

/// The range of powers of ten that gradients of all layers lie in.
struct Decades {
  explicit Decades(ArrayRef<LayerForecast> layers) {
    double least = 0.0, most = 0.0;
    for (const LayerForecast &layer : layers) {
      double size = std::log10(layer.gradientRms);
      if (!std::isfinite(size))
        continue;
      least = std::min(least, size);
      most = std::max(most, size);
    }
    low = std::floor(least) - 1.0;
    high = std::ceil(most);
  }

  std::string getBar(double value) const {
    double size = std::log10(value);
    if (!std::isfinite(size))
      return "";
    double part = (size - low) / (high - low);
    return std::string(size_t(std::lround(part * kBarWidth)), '#');
  }

  double low, high;
};

std::string formatShare(const std::optional<double> &share) {
  if (!share)
    return "-";
  return std::to_string(int(std::lround(100.0 * *share))) + "%";
}

} // namespace

void CheckReport::printTable(llvm::raw_ostream &os) const {
  ValueNames names(forecast.getModel());
  Decades decades(forecast.getLayers());
  TextTable table;
  std::vector<std::string> header = {"layer", "op", "forward", "gradient"};
  if (!measured.empty())
    header.insert(header.end(), {"measured", "gradient"});
  header.insert(header.end(),
                {"saturated", "dead",
                 llvm::formatv("gradient, 1e{0} to 1e{1}", int(decades.low),
                               int(decades.high))});
  table.add(header);
  for (auto [index, layer] : llvm::enumerate(forecast.getLayers())) {
    std::vector<std::string> row = {
        names.get(layer.value), layer.op->getName().getStringRef().str(),
        formatShort(layer.forwardRms), formatShort(layer.gradientRms)};
    if (!measured.empty())
      for (double value :
           {measured[index].forwardRms, measured[index].gradientRms})
        row.push_back(std::isnan(value) ? "-" : formatShort(value));
    row.insert(row.end(),
               {formatShare(layer.saturated), formatShare(layer.dead),
                decades.getBar(layer.gradientRms)});
    table.add(row);
  }
  table.print(os, /*numLeft=*/2);
  auto numRough =
      llvm::count_if(forecast.getLayers(), [](const LayerForecast &layer) {
        return !layer.isReliable;
      });
  if (numRough > 0)
    os << "the theory does not hold for " << numRough
       << " of these ops: their sizes are rough\n";
  os << "verdict: " << getVerdict(findings) << '\n';
}

/// Of an element for two samples, about 0: what is left to tell them apart.
static double getCorrelation(const Signal &signal) {
  return signal.moments.samples / signal.moments.self;
}

/// A finite number, or null.
static llvm::json::Value toJson(double value) {
  return std::isfinite(value) ? llvm::json::Value(value) : nullptr;
}
static llvm::json::Value toJson(const std::optional<double> &value) {
  return value ? toJson(*value) : nullptr;
}
static llvm::json::Value lineToJson(Operation *op) {
  unsigned line = getLine(op);
  return line ? llvm::json::Value(line) : nullptr;
}

void CheckReport::printJson(llvm::raw_ostream &stream) const {
  ValueNames names(forecast.getModel());
  llvm::json::OStream os(stream);
  os.object([&] {
    os.attribute("model", forecast.getModel().getSymName());
    os.attribute("batch_size", forecast.getBatchSize());
    os.attributeArray("layers", [&] {
      for (auto [index, layer] : llvm::enumerate(forecast.getLayers()))
        os.object([&, index = index, &layer = layer] {
          os.attribute("name", names.get(layer.value));
          os.attribute("line", lineToJson(layer.op));
          os.attribute("op", layer.op->getName().getStringRef());
          os.attribute("forward_rms", toJson(layer.forwardRms));
          os.attribute("gradient_rms", toJson(layer.gradientRms));
          os.attribute("forward_log_deviation",
                       toJson(layer.forwardLogDeviation));
          os.attribute("gradient_log_deviation",
                       toJson(layer.gradientLogDeviation));
          os.attribute("saturated", toJson(layer.saturated));
          os.attribute("dead", toJson(layer.dead));
          os.attribute("correlation",
                       toJson(getCorrelation(forecast.getSignal(layer.value))));
          os.attribute("reliable", layer.isReliable);
          if (measured.empty())
            return;
          os.attribute("measured_forward_rms",
                       toJson(measured[index].forwardRms));
          os.attribute("measured_gradient_rms",
                       toJson(measured[index].gradientRms));
        });
    });
    os.attribute("verdict", getVerdict(findings));
    os.attributeArray("warnings", [&] {
      for (const Finding &finding : findings)
        os.object([&] {
          os.attribute("line", lineToJson(finding.op));
          os.attribute("kind", finding.kind);
          os.attribute("message", finding.message);
          os.attribute("fix", finding.fix);
        });
    });
  });
  stream << '\n';
}
