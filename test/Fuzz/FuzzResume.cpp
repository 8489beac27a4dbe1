//===- FuzzResume.cpp - A run that goes on from a checkpoint and a log ----===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What FuzzSafetensors does not reach: the meaning of a checkpoint's metadata.
// The input is lines of a key and, after a space, what a checkpoint's metadata
// shall have there (nothing: no such key), an empty line, and the log, in which
// a leading @ is the first line that the run itself would write.
//
//===----------------------------------------------------------------------===//

#include "../Unit/Runtime/TinyModel.h"
#include "Input.h"
#include "keel/Runtime/ThreadPool.h"
#include "keel/Runtime/Trainer.h"

#include <fstream>
#include <map>
#include <sstream>
#include <vector>

using namespace keel::fuzz;

namespace {

std::string getPath(const char *name) { return getFolder() + "/" + name; }

/// A run of 20 rows in batches of 4, stopped after the seventh step.
struct Run {
  keel_model model = keel::test::Classifier::model();
  keel_context context = {};
  keel_train_options options = {};
  keel_dataset data = {};
  keel_safetensors checkpoint = {};
  std::string firstLine;

  Run() {
    std::string csv = getPath("data.csv"), output = getPath("base.st"),
                log = getPath("base.jsonl");
    std::ofstream rows(csv);
    for (int i = 0; i < 20; ++i)
      rows << i * 7 % 5 << "," << i * 3 % 4 << "," << i % 3 << "\n";
    rows.close();
    keel_named_file file = {nullptr, csv.c_str()};
    keel_dataset_options wanted = {};
    wanted.data = &file;
    wanted.num_data = wanted.want_labels = 1;
    keel_error error = {};
    require(keel_dataset_open(&model, &wanted, &data, &error) == 0);
    keel_pool_context(nullptr, &context);
    keel_train_options_init(&options);
    options.context = &context;
    options.data = &data;
    options.batch_size = 4;
    options.validation_fraction = 0.2;
    options.keep_best = options.quiet = 1;
    options.model_hash = "0123";
    options.steps = 7;
    options.output = output.c_str();
    options.log = log.c_str();
    require(train() == 0);
    require(keel_safetensors_open(output.c_str(), &checkpoint, &error) == 0);
    std::getline(std::ifstream(log), firstLine);
    options.output = options.log = nullptr;
    options.steps = 12;
  }

  int train() {
    keel_weights weights = {};
    keel_train_report report = {};
    keel_error error = {};
    int failed = keel_train(&model, &options, &weights, &report, &error);
    requireMessage(failed, error);
    keel_weights_free(&weights);
    return failed;
  }
};

/// The checkpoint's metadata with the changes that stand in the lines.
std::map<std::string, std::string> change(const keel_safetensors &file,
                                          std::istream &lines) {
  std::map<std::string, std::string> metadata;
  for (int64_t i = 0; i < file.num_metadata; ++i)
    metadata[file.metadata[i].key] = file.metadata[i].value;
  for (std::string line; std::getline(lines, line) && !line.empty();) {
    size_t space = line.find(' ');
    std::string key = line.substr(0, space).c_str();
    if (space == std::string::npos)
      metadata.erase(key);
    else
      metadata[key] = line.substr(space + 1).c_str();
  }
  return metadata;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static Run run;
  std::istringstream input(
      std::string(reinterpret_cast<const char *>(data), size));
  auto metadata = change(run.checkpoint, input);
  std::vector<keel_key_value> pairs;
  for (const auto &[key, value] : metadata)
    pairs.push_back({key.c_str(), value.c_str()});
  std::string path = getPath("changed.st"), log = getPath("run.jsonl");
  keel_error error = {};
  // Text that is no UTF-8 cannot stand in a file.
  if (keel_safetensors_write(path.c_str(), run.checkpoint.tensors,
                             run.checkpoint.num_tensors, pairs.data(),
                             int64_t(pairs.size()), &error) != 0)
    return 0;
  std::string text(std::istreambuf_iterator<char>(input), {});
  if (!text.empty() && text[0] == '@')
    text = run.firstLine + text.substr(1);
  std::ofstream(log, std::ios::binary) << text;
  run.options.resume = path.c_str();
  run.options.log = log.c_str();
  run.train();
  return 0;
}
