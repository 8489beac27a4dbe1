//===- FuzzReplay.cpp - A kept step, as keel train --replay reads it ------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What FuzzSafetensors does not reach: what a step's tensors and metadata mean.
// The input is lines, an empty line, and bytes. A line is a key and, after a
// space, what the metadata shall have there, or `=`, a tensor's name and, after
// spaces, its type and shape; without them there is no such key or tensor. The
// bytes take the place of the tensors' first ones, in the order of their names.
//
//===----------------------------------------------------------------------===//

#include "Driver/Command.h"
#include "Input.h"
#include "keel/Runtime/Safetensors.h"
#include "llvm/Support/raw_ostream.h"

#include <algorithm>
#include <fstream>
#include <map>
#include <sstream>
#include <vector>

using namespace keel;
using namespace keel::fuzz;

namespace {

const char *const kModel = R"(
keel.model @m(%x: tensor<?x3xf32>) -> tensor<?x2xf32>
    attributes {loss = #keel.softmax_cross_entropy,
                optimizer = #keel.sgd<learning_rate = 0.1>} {
  %w = keel.param "w" init(#keel.ones) : tensor<3x4xf32>
  %h = keel.dense %x, %w : tensor<?x3xf32>, tensor<3x4xf32>
  %g = keel.param "gamma" init(#keel.ones) : tensor<4xf32>
  %b = keel.param "beta" init(#keel.zeros) : tensor<4xf32>
  %m = keel.state "mean" init(#keel.zeros) : tensor<4xf32>
  %v = keel.state "variance" init(#keel.ones) : tensor<4xf32>
  %n = keel.batch_norm %h, %g, %b, %m, %v : tensor<?x4xf32>
  %d = keel.dropout %n {rate = 0.5} : tensor<?x4xf32>
  %u = keel.param "u" init(#keel.constant<3.0e38>) : tensor<4x2xf32>
  %y = keel.dense %d, %u : tensor<?x4xf32>, tensor<4x2xf32>
  keel.return %y : tensor<?x2xf32>
}
)";

/// What a file with so many rows asks for is memory, as training with them.
constexpr int64_t kMostRows = 1024;

struct Tensor {
  int32_t dtype;
  std::vector<int64_t> shape;
  std::string bytes;
};

/// The contents of a step's file.
struct Step {
  std::map<std::string, std::string> metadata;
  std::map<std::string, Tensor> tensors;

  explicit Step(const std::string &path) {
    keel_safetensors file;
    keel_error error = {};
    require(keel_safetensors_open(path.c_str(), &file, &error) == 0);
    for (int64_t i = 0; i < file.num_metadata; ++i)
      metadata[file.metadata[i].key] = file.metadata[i].value;
    for (int64_t i = 0; i < file.num_tensors; ++i) {
      const keel_stored_tensor &tensor = file.tensors[i];
      tensors[tensor.name] = {
          tensor.dtype,
          {tensor.shape, tensor.shape + tensor.rank},
          {static_cast<const char *>(tensor.data), size_t(tensor.bytes)}};
    }
    keel_safetensors_close(&file);
  }

  void changeTensor(const std::string &line) {
    std::istringstream words(line);
    std::string name, type;
    words >> name >> type;
    if (type.empty()) {
      tensors.erase(name.c_str());
      return;
    }
    int64_t size = 1;
    Tensor tensor = {KEEL_F32, {}, ""};
    for (int32_t dtype : {KEEL_F64, KEEL_I32, KEEL_I64, KEEL_U8})
      if (type == keel_dtype_name(dtype))
        tensor.dtype = dtype;
    for (int64_t dimension; words >> dimension && tensor.shape.size() < 4;) {
      tensor.shape.push_back(std::clamp<int64_t>(dimension, 0, 64));
      size *= tensor.shape.back();
    }
    tensor.bytes = tensors[name.c_str()].bytes;
    tensor.bytes.resize(size_t(size * keel_dtype_size(tensor.dtype)));
    tensors[name.c_str()] = tensor;
  }

  void change(std::istream &input) {
    for (std::string line; std::getline(input, line) && !line.empty();) {
      size_t space = line.find(' ');
      std::string key = line.substr(0, space).c_str();
      if (line[0] == '=')
        changeTensor(line.substr(1));
      else if (space == std::string::npos)
        metadata.erase(key);
      else
        metadata[key] = line.substr(space + 1).c_str();
    }
    for (auto &[name, tensor] : tensors)
      input.read(tensor.bytes.data(), std::streamsize(tensor.bytes.size()));
  }

  /// False where its text is no UTF-8, which cannot stand in a file.
  bool write(const std::string &path) const {
    std::vector<keel_stored_tensor> list;
    std::vector<keel_key_value> pairs;
    for (const auto &[name, tensor] : tensors) {
      keel_stored_tensor stored = {};
      stored.name = name.c_str();
      stored.dtype = tensor.dtype;
      stored.rank = int32_t(tensor.shape.size());
      std::copy(tensor.shape.begin(), tensor.shape.end(), stored.shape);
      stored.data = tensor.bytes.data();
      stored.bytes = int64_t(tensor.bytes.size());
      list.push_back(stored);
    }
    for (const auto &[key, value] : metadata)
      pairs.push_back({key.c_str(), value.c_str()});
    keel_error error = {};
    return keel_safetensors_write(path.c_str(), list.data(),
                                  int64_t(list.size()), pairs.data(),
                                  int64_t(pairs.size()), &error) == 0;
  }
};

/// `keel train` of the model, which keeps its first step, and its `--replay`.
class Train {
public:
  Train() : command(createTrainCommand({"train", "", nullptr})) {
    require(chdir(getFolder().c_str()) == 0);
    // Most inputs want the code of the one before.
    setenv("XDG_CACHE_HOME", getFolder().c_str(), /*overwrite=*/1);
    std::ofstream("m.mlir") << kModel;
    std::ofstream("d.csv") << "1,2,3,0\n4,5,6,1\n7,8,9,0\n2,4,6,1\n3,5,8,1\n";
    run({"--data=d.csv", "--batch-size=3", "--accumulate=2", "--output=w.st"});
    base = std::make_unique<Step>("w.st.nonfinite.safetensors");
    require(run({"--replay=w.st.nonfinite.safetensors"}) == kDone);
  }

  int run(std::vector<const char *> flags) {
    flags.insert(flags.begin(), {"keel", "train", "m.mlir", "--threads=1"});
    llvm::cl::ResetAllOptionOccurrences();
    require(llvm::cl::ParseCommandLineOptions(int(flags.size()), flags.data(),
                                              "", &llvm::errs()));
    return command->run();
  }

  std::unique_ptr<Command> command;
  std::unique_ptr<Step> base;
};

Train *train;

} // namespace

/// Compiling takes a while, which is not the first input's.
extern "C" int LLVMFuzzerInitialize(int *, char ***) {
  train = new Train;
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  std::istringstream input(
      std::string(reinterpret_cast<const char *>(data), size));
  Step step = *train->base;
  step.change(input);
  if (std::strtoll(step.metadata["max_rows"].c_str(), nullptr, 10) > kMostRows)
    return 0;
  if (!step.write("changed.st"))
    return 0;
  int code = train->run({"--replay=changed.st"});
  require(code == kDone || code == kBadInput);
  return 0;
}
