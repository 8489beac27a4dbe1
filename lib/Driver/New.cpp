//===- New.cpp - keel new -------------------------------------------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Command.h"
#include "ModelFile.h"
#include "keel/Dialect/Keel/IR/Keel.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir;
using namespace keel;
namespace cl = llvm::cl;

namespace {

struct ActivationInfo {
  StringRef name;
  /// What keeps a signal's size through layers with it.
  StringRef init;
};

const ActivationInfo kActivations[] = {{"relu", "he_normal"},
                                       {"leaky_relu", "he_normal"},
                                       {"prelu", "he_normal"},
                                       {"elu", "he_normal"},
                                       {"gelu", "he_normal"},
                                       {"silu", "he_normal"},
                                       {"hard_swish", "he_normal"},
                                       {"softplus", "he_normal"},
                                       {"selu", "lecun_normal"},
                                       {"sigmoid", "xavier_uniform"},
                                       {"tanh", "xavier_uniform"},
                                       {"softsign", "xavier_uniform"},
                                       {"hard_sigmoid", "xavier_uniform"}};

std::string listActivations() {
  return llvm::join(
      llvm::map_range(kActivations,
                      [](const ActivationInfo &info) { return info.name; }),
      ", ");
}

/// The text of a multi-layer perceptron, as a person would write it.
class MlpWriter {
public:
  MlpWriter(raw_ostream &os, StringRef activation, StringRef norm,
            StringRef init, bool residual)
      : os(os), activation(activation), norm(norm), init(init),
        residual(residual) {}

  void write(ArrayRef<int64_t> layers);

private:
  void writeHidden(unsigned index, int64_t in, int64_t out);
  void writeDense(StringRef input, unsigned index, int64_t in, int64_t out,
                  StringRef weightInit);
  void writeNorm(unsigned index, int64_t size);
  void writeActivation(StringRef input, unsigned index, int64_t size);
  std::string activationType(int64_t size) {
    return llvm::formatv("tensor<?x{0}xf32>", size);
  }

  raw_ostream &os;
  StringRef activation, norm, init;
  bool residual;
  std::string value = "%x"; ///< what the next layer reads
};

void MlpWriter::writeDense(StringRef input, unsigned index, int64_t in,
                           int64_t out, StringRef weightInit) {
  os << llvm::formatv("  %w{0} = keel.param \"fc{0}.weight\" init(#keel.{1}) : "
                      "tensor<{2}x{3}xf32>\n",
                      index, weightInit, in, out);
  os << llvm::formatv("  %b{0} = keel.param \"fc{0}.bias\" init(#keel.zeros) : "
                      "tensor<{1}xf32>\n",
                      index, out);
  os << llvm::formatv("  %h{0} = keel.dense {1}, %w{0}, %b{0} : {2}, "
                      "tensor<{3}x{4}xf32>, tensor<{4}xf32>\n",
                      index, input, activationType(in), in, out);
}

void MlpWriter::writeNorm(unsigned index, int64_t size) {
  StringRef prefix = norm == "batch" ? "bn" : "ln";
  auto held = [&](StringRef name, StringRef op, StringRef what,
                  StringRef initializer) {
    os << llvm::formatv("  %{0}{1} = keel.{2} \"{3}{1}.{4}\" init(#keel.{5}) : "
                        "tensor<{6}xf32>\n",
                        name, index, op, prefix, what, initializer, size);
  };
  held("g", "param", "gamma", "ones");
  held("e", "param", "beta", "zeros");
  if (norm == "layer") {
    os << llvm::formatv("  %n{0} = keel.layer_norm %h{0}, %g{0}, %e{0} : {1}\n",
                        index, activationType(size));
    return;
  }
  held("m", "state", "mean", "zeros");
  held("v", "state", "variance", "ones");
  os << llvm::formatv("  %n{0} = keel.batch_norm %h{0}, %g{0}, %e{0}, %m{0}, "
                      "%v{0} : {1}\n",
                      index, activationType(size));
}

void MlpWriter::writeActivation(StringRef input, unsigned index, int64_t size) {
  if (activation != "prelu") {
    os << llvm::formatv("  %a{0} = keel.{1} %{2}{0} : {3}\n", index, activation,
                        input, activationType(size));
    return;
  }
  os << llvm::formatv("  %s{0} = keel.param \"act{0}.slope\" "
                      "init(#keel.constant<0.25>) : tensor<{1}xf32>\n",
                      index, size);
  os << llvm::formatv("  %a{0} = keel.prelu %{1}{0}, %s{0} : {2}, "
                      "tensor<{3}xf32>\n",
                      index, input, activationType(size), size);
}

void MlpWriter::writeHidden(unsigned index, int64_t in, int64_t out) {
  writeDense(value, index, in, out, init);
  bool hasNorm = norm != "none";
  if (hasNorm)
    writeNorm(index, out);
  writeActivation(hasNorm ? "n" : "h", index, out);
  std::string result = llvm::formatv("%a{0}", index);
  if (residual && in == out) {
    os << llvm::formatv("  %r{0} = keel.add {1}, %a{0} : {2}\n", index, value,
                        activationType(out));
    result = llvm::formatv("%r{0}", index);
  }
  value = result;
}

void MlpWriter::write(ArrayRef<int64_t> layers) {
  os << llvm::formatv(
      "keel.model @mlp(%x: {0}) -> {1}\n"
      "    attributes {{loss = #keel.softmax_cross_entropy,\n"
      "                optimizer = #keel.sgd<learning_rate = 0.1, momentum = "
      "0.9>,\n"
      "                clip = #keel.clip_by_global_norm<1.0>} {{\n",
      activationType(layers.front()), activationType(layers.back()));
  unsigned last = layers.size() - 1;
  for (unsigned index = 1; index < last; ++index)
    writeHidden(index, layers[index - 1], layers[index]);
  writeDense(value, last, layers[last - 1], layers[last], "xavier_uniform");
  os << llvm::formatv("  keel.return %h{0} : {1}\n}\n", last,
                      activationType(layers.back()));
}

struct NewCommand : Command {
  explicit NewCommand(const CommandInfo &info)
      : Command(info.name, info.summary) {}

  int run() override;

private:
  opt<std::string> kind{cl::Positional, cl::Required, here(), group(),
                        cl::desc("mlp")};
  cl::list<int64_t> layers{"layers",
                           here(),
                           group(),
                           cl::CommaSeparated,
                           cl::value_desc("IN,...,OUT"),
                           cl::desc("Features of the input, of each hidden "
                                    "layer and of the output")};
  opt<std::string> activation{"activation",
                              here(),
                              group(),
                              cl::value_desc("NAME"),
                              cl::init("relu"),
                              cl::desc("The op behind each hidden layer, any "
                                       "by element or prelu (default: relu)")};
  opt<std::string> norm{"norm",
                        here(),
                        group(),
                        cl::value_desc("batch|layer|none"),
                        cl::init("none"),
                        cl::desc("The norm before each activation (default: "
                                 "none)")};
  opt<bool> residual{"residual", here(), group(),
                     cl::desc("A shortcut around each hidden layer that keeps "
                              "its width")};
  opt<std::string> init{"init", here(), group(), cl::value_desc("INITIALIZER"),
                        cl::desc("Of hidden weights (default: what suits the "
                                 "activation, he_normal for relu)")};
  opt<std::string> output{
      "output",      here(),
      group(),       cl::value_desc("FILE"),
      cl::init("-"), cl::desc("Where to (default: standard output)")};
  cl::alias outputShort{"o", cl::aliasopt(output),
                        cl::desc("Alias for --output")};
};

int NewCommand::run() {
  if (kind != "mlp")
    return failCommandLine("unknown kind '" + kind + "', expected mlp");
  if (layers.size() < 2 ||
      llvm::any_of(layers, [](int64_t size) { return size < 1; }))
    return failCommandLine(
        "--layers needs at least two positive sizes, such as 784,128,10");
  const auto *known = llvm::find_if(kActivations, [&](const ActivationInfo &i) {
    return i.name == activation;
  });
  if (known == std::end(kActivations))
    return failCommandLine("--activation must be one of " + listActivations() +
                           ", got '" + activation + "'");
  if (!llvm::is_contained({"batch", "layer", "none"}, norm))
    return failCommandLine("--norm must be batch, layer or none, got '" + norm +
                           "'");
  std::string initializer = init.empty() ? known->init.str() : init.getValue();
  std::string text;
  llvm::raw_string_ostream os(text);
  MlpWriter(os, activation, norm, initializer, residual)
      .write(std::vector<int64_t>(layers.begin(), layers.end()));
  // What is printed is read back first: an unknown --init shows up here.
  if (!ModelFile::parse(text, "keel new", common))
    return kBadCommandLine;
  return writeText(output, text);
}

} // namespace

std::unique_ptr<Command> keel::createNewCommand(const CommandInfo &info) {
  return std::make_unique<NewCommand>(info);
}
