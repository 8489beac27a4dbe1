//===- Measure.h - One real batch beside the forecast ---------------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef KEEL_LIB_DRIVER_MEASURE_H
#define KEEL_LIB_DRIVER_MEASURE_H

#include "CheckReport.h"
#include "CompiledModel.h"

namespace keel {

/// An input of the data: its root mean square, and the least, the median and
/// the largest deviation of its columns that are not constant.
struct InputSize {
  std::string name;
  double rms, leastDeviation, medianDeviation, mostDeviation;
};

/// What the first rows of a data set give with initial weights.
struct Measurement {
  std::vector<MeasuredLayer> layers; ///< one a layer of the forecast
  std::vector<InputSize> inputs;
};

/// Compiles the model with probes and takes one step on the first rows of the
/// data, at most the forecast's batch, from the weights of `seed`. The
/// gradient is that of an independent normal cotangent at each result, as in
/// the forecast. Errors have been printed on failure.
llvm::FailureOr<Measurement> measureBatch(ModelFile &file,
                                          const GradientForecast &forecast,
                                          const DataFiles &files,
                                          uint64_t seed);

/// The sizes of a model's inputs in a data set.
std::vector<InputSize> measureInputs(const keel_model &model,
                                     const keel_dataset &dataset);

/// unscaled-input: inputs of a size that no initializer is made for.
void findUnscaledInputs(ModelOp model, llvm::ArrayRef<InputSize> inputs,
                        llvm::SmallVectorImpl<Finding> &findings);

} // namespace keel

#endif // KEEL_LIB_DRIVER_MEASURE_H
