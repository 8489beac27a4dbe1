//===- Weights.cpp - Weights files and what their metadata says -----------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Weights.h"
#include "CompiledModel.h"
#include "keel/Runtime/Safetensors.h"
#include "keel/Runtime/Trainer.h"

using namespace mlir;
using namespace keel;

std::vector<const char *> WeightsInfo::getClassNames() const {
  std::vector<const char *> pointers;
  for (const std::string &name : classNames)
    pointers.push_back(name.c_str());
  return pointers;
}

FailureOr<WeightsInfo> WeightsInfo::read(const std::string &path) {
  keel_safetensors file = {};
  keel_error error = {};
  if (keel_safetensors_open(path.c_str(), &file, &error) != 0) {
    failInput(error);
    return failure();
  }
  WeightsInfo info;
  const char *flag = keel_safetensors_metadata(&file, "standardized");
  info.standardized = flag && StringRef(flag) == "true";
  keel_class_names classes = {};
  int status = keel_class_names_read(&file, path.c_str(), &classes, &error);
  for (int32_t i = 0; status == 0 && i < classes.count; ++i)
    info.classNames.emplace_back(classes.names[i]);
  keel_class_names_free(&classes);
  keel_safetensors_close(&file);
  if (status == 0)
    return info;
  failInput(error);
  return failure();
}

FailureOr<WeightsInfo> WeightsInfo::readCheckpoint(const std::string &path) {
  keel_safetensors file = {};
  std::string previous = path + KEEL_PREVIOUS;
  bool isBroken = keel_safetensors_open(path.c_str(), &file, nullptr) != 0 &&
                  keel_safetensors_open(previous.c_str(), &file, nullptr) == 0;
  keel_safetensors_close(&file);
  return read(isBroken ? previous : path);
}

LogicalResult WeightArenas::load(const keel_model &model,
                                 const std::string &path) {
  keel_error error = {}, note = {};
  if (keel_weights_create(&model, &weights, &error) != 0 ||
      keel_load_weights(&model, path.c_str(), &weights, nullptr, &note,
                        &error) != 0) {
    failInput(error);
    return failure();
  }
  if (note.message[0] != '\0')
    llvm::errs() << path << ": note: " << note.message << '\n';
  return success();
}

LogicalResult WeightArenas::take(const keel_model &model,
                                 const ModelFile &file) {
  keel_error error = {};
  const keel_safetensors none = {};
  const keel_safetensors *held = file.getHeldWeights();
  if (keel_weights_create(&model, &weights, &error) == 0 &&
      keel_take_weights(&model, file.getPath().c_str(), held ? held : &none,
                        &weights, nullptr, nullptr, &error) == 0)
    return success();
  failInput(error);
  return failure();
}

LogicalResult WeightArenas::initialize(const keel_model &model,
                                       keel_context *context, int64_t seed) {
  keel_error error = {};
  if (keel_init_weights(&model, context, seed, &weights, &error) == 0)
    return success();
  failInput(error);
  return failure();
}
