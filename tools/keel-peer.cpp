//===- keel-peer.cpp - Keel beside other systems in one measurement -------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

// keel-peer THREADS answers a runner that interleaves several systems, each a
// process of its own. It prints a JSON line when it is ready. For a line
// `CASE SECONDS` on standard input it measures and prints a JSON line of times,
// or of why it does not; for `check CASE FILE` it writes the case's output, or
// the losses of 16 steps of training, to FILE as raw f32.
//
// A case is MODEL.infer.bROWS, MODEL.train.bROWS or P.OP.ROWSx..., of a model
// in test/Benchmarks/Models. Every tensor's values follow from its name, so
// all systems compute the same.

#include "keel/Dialect/Keel/IR/Keel.h"
#include "keel/Execution/Jit.h"
#include "keel/Execution/Session.h"
#include "keel/InitAll.h"
#include "keel/Pipelines/Pipelines.h"
#include "keel/Runtime/Random.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/Parser/Parser.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/JSON.h"
#include <cmath>
#include <ctime>
#include <iostream>
#include <map>
#include <sys/resource.h>

using namespace keel;
using llvm::StringRef;

/// Steps cycle over this many batches.
static constexpr size_t kBatches = 8;

static constexpr size_t kClasses = 10, kCheckedSteps = 16;

static double getTime(clockid_t clock) {
  timespec time;
  clock_gettime(clock, &time);
  return double(time.tv_sec) + double(time.tv_nsec) * 1e-9;
}
static double getWallTime() { return getTime(CLOCK_MONOTONIC); }
static double getCpuTime() { return getTime(CLOCK_PROCESS_CPUTIME_ID); }

//===----------------------------------------------------------------------===//
// Values by name
//===----------------------------------------------------------------------===//

/// 24 bits: SplitMix64 (Steele, Lea and Flood, Fast splittable pseudorandom
/// number generators, 2014) of the name's hash and the index.
static uint64_t drawBits(StringRef name, uint64_t index) {
  uint64_t z = keel_fnv1a(name.data(), name.size()) + index +
               UINT64_C(0x9E3779B97F4A7C15);
  z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
  z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
  return (z ^ (z >> 31)) >> 40;
}

/// shift + scale u, with u in [-1, 1).
static void fill(void *data, StringRef name, int64_t count, float scale,
                 float shift = 0.0f) {
  for (int64_t i = 0; i < count; ++i)
    static_cast<float *>(data)[i] =
        shift + scale * float(double(drawBits(name, i)) * 0x1p-23 - 1.0);
}

/// A parameter or state, by the last part of its name.
static void fillHeld(void *data, const keel_tensor &tensor) {
  StringRef name = tensor.name, kind = name.substr(name.rfind('.') + 1);
  int64_t count = countElements(tensor, 1);
  bool isAlone = kind == name;
  if (kind == "W")
    fill(data, name, count,
         float(std::sqrt(6.0 / double(tensor.shape[0] + tensor.shape[1]))));
  else if (kind == "b")
    fill(data, name, count, isAlone ? 1.0f : 0.05f);
  else if (kind == "var")
    fill(data, name, count, 0.5f, 1.0f);
  else
    fill(data, name, count, 0.1f, kind.starts_with("g") ? 1.0f : 0.0f);
}

/// Inputs and labels of one batch: `suffix` follows their names.
static void fillBatch(const keel_model &model, int64_t rows,
                      const std::string &suffix, BatchBuffers &batch) {
  StringRef name = model.inputs[0].name;
  fill(batch.inputs[0], name.str() + suffix,
       countElements(model.inputs[0], rows),
       name == "x" ? float(std::sqrt(3.0)) : 1.0f);
  for (int64_t i = 0; model.num_labels > 0 && i < rows; ++i)
    static_cast<int32_t *>(batch.labels[0])[i] =
        int32_t(drawBits("y" + suffix, i) % kClasses);
}

//===----------------------------------------------------------------------===//
// Cases
//===----------------------------------------------------------------------===//

namespace {

/// What a case's name says.
struct CaseName {
  std::string file;
  bool train = false;
  int64_t rows = 0;

  static llvm::Expected<CaseName> parse(StringRef text);
};

/// A case ready to be run.
class Case {
public:
  static llvm::Expected<std::unique_ptr<Case>> create(StringRef text,
                                                      int threads);
  /// One call of inference, or one step; the loss of the latter.
  double run() {
    if (!name.train)
      return session.infer(batches.front()), 0.0;
    return session.train(batches[step++ % kBatches]).value;
  }
  /// What is compared with other systems.
  std::vector<float> check();

private:
  Case(CaseName name, const keel_model &model, int threads);

  CaseName name;
  const keel_model &model;
  Session session;
  std::vector<BatchBuffers> batches;
  size_t step = 0;
};

} // namespace

llvm::Expected<CaseName> CaseName::parse(StringRef text) {
  llvm::SmallVector<StringRef, 3> parts;
  text.split(parts, '.');
  CaseName name;
  bool isPrimitive = parts.size() == 3 && parts[0] == "P";
  StringRef rows = parts.back();
  if (isPrimitive)
    rows = rows.split('x').first;
  else
    rows.consume_front("b");
  name.file = (KEEL_SOURCE_DIR "/test/Benchmarks/Models/" +
               (isPrimitive ? text : parts[0]) + ".mlir")
                  .str();
  name.train = !isPrimitive && parts.size() == 3 && parts[1] == "train";
  if (parts.size() != 3 || rows.getAsInteger(10, name.rows) || name.rows < 1 ||
      (!isPrimitive && !name.train && parts[1] != "infer") ||
      text.contains('/'))
    return llvm::createStringError("is no name of a case");
  if (!llvm::sys::fs::exists(name.file))
    return llvm::createStringError("no model file says this");
  return name;
}

static llvm::Expected<std::unique_ptr<JitModule>>
compile(const CaseName &name) {
  mlir::DialectRegistry registry;
  registerAllDialects(registry);
  mlir::MLIRContext context(registry, mlir::MLIRContext::Threading::DISABLED);
  auto target = CpuTarget::getHost();
  if (!target)
    return target.takeError();
  auto module = mlir::parseSourceFile<mlir::ModuleOp>(name.file, &context);
  GraphOptions graph;
  graph.mode = name.train ? "train" : "infer";
  CodegenOptions codegen;
  codegen.maxRows = name.rows;
  codegen.setTarget(*target);
  // What only training computes is a file at stage graph.
  bool isModel = module && !module->getOps<ModelOp>().empty();
  if (!module ||
      mlir::failed(lowerToStage(*module, Stage::llvm, graph, codegen,
                                isModel ? Stage::model : Stage::graph)))
    return llvm::createStringError("cannot be compiled");
  return JitModule::create(*module, {&*target});
}

Case::Case(CaseName caseName, const keel_model &model, int threads)
    : name(std::move(caseName)), model(model),
      session(model, name.rows, threads) {
  if (name.train)
    session.initialize(/*seed=*/0);
  for (auto [tensors, count] : {std::pair(model.params, model.num_params),
                                {model.states, model.num_states}})
    for (const keel_tensor &tensor : llvm::ArrayRef(tensors, count))
      fillHeld(session.find(tensor.name), tensor);
  session.fold();
  for (size_t i = 0; i < (name.train ? kBatches : 1); ++i)
    fillBatch(model, name.rows, name.train ? std::to_string(i) : "",
              batches.emplace_back(model, name.rows));
}

llvm::Expected<std::unique_ptr<Case>> Case::create(StringRef text,
                                                   int threads) {
  auto name = CaseName::parse(text);
  if (!name)
    return name.takeError();
  // A case is asked for again in every round.
  static std::map<std::string, std::unique_ptr<JitModule>> compiled;
  std::unique_ptr<JitModule> &code = compiled[text.str()];
  if (!code) {
    auto jit = compile(*name);
    if (!jit)
      return jit.takeError();
    code = std::move(*jit);
  }
  return std::unique_ptr<Case>(
      new Case(std::move(*name), code->model(), threads));
}

std::vector<float> Case::check() {
  std::vector<float> values;
  for (size_t i = 0; name.train && i < kCheckedSteps; ++i)
    values.push_back(float(run()));
  if (name.train)
    return values;
  run();
  const auto *output = static_cast<const float *>(session.getOutputs()[0]);
  return std::vector<float>(
      output, output + countElements(model.outputs[0], name.rows));
}

//===----------------------------------------------------------------------===//
// The protocol
//===----------------------------------------------------------------------===//

/// Times calls: three or up to 0.3 s unmeasured, then samples of at least 30 us
/// for `seconds`.
static void measure(Case &subject, double seconds, llvm::json::OStream &os) {
  double start = getWallTime();
  subject.run();
  double first = getWallTime() - start;
  int64_t calls = 0;
  start = getWallTime();
  while (calls < 3 || getWallTime() - start < std::min(0.3, seconds / 4)) {
    subject.run();
    ++calls;
  }
  double estimate = (getWallTime() - start) / double(calls);
  int64_t inner = std::max<int64_t>(1, int64_t(30e-6 / estimate));
  std::vector<double> wall, cpu;
  start = getWallTime();
  while (wall.size() < 11 || getWallTime() - start < seconds) {
    double cpuStart = getCpuTime(), wallStart = getWallTime();
    for (int64_t i = 0; i < inner; ++i)
      subject.run();
    wall.push_back((getWallTime() - wallStart) / double(inner));
    cpu.push_back((getCpuTime() - cpuStart) / double(inner));
  }
  auto getQuantile = [](std::vector<double> &samples, double part) {
    llvm::sort(samples);
    return samples[size_t(part * double(samples.size() - 1))] * 1e6;
  };
  os.attribute("median_us", getQuantile(wall, 0.5));
  os.attribute("p10_us", getQuantile(wall, 0.1));
  os.attribute("p90_us", getQuantile(wall, 0.9));
  os.attribute("min_us", getQuantile(wall, 0.0));
  os.attribute("cpu_us", getQuantile(cpu, 0.5));
  os.attribute("samples", int64_t(wall.size()));
  os.attribute("inner", inner);
  os.attribute("first_call_us", first * 1e6);
}

static void answer(StringRef name, double seconds, int threads,
                   llvm::json::OStream &os) {
  double start = getWallTime();
  auto subject = Case::create(name, threads);
  os.attribute("peer", "keel");
  os.attribute("threads", threads);
  os.attribute("case", name);
  if (subject) {
    os.attribute("setup_ms", (getWallTime() - start) * 1e3);
    measure(**subject, seconds, os);
  } else {
    os.attribute("skip", llvm::toString(subject.takeError()));
  }
  rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  os.attribute("rss_peak_mib", int64_t(usage.ru_maxrss / 1024));
}

static void check(StringRef name, const std::string &file, int threads,
                  llvm::json::OStream &os) {
  auto subject = Case::create(name, threads);
  if (!subject)
    return os.attribute("skip", llvm::toString(subject.takeError()));
  std::vector<float> values = (*subject)->check();
  std::error_code error;
  llvm::raw_fd_ostream out(file, error);
  if (error)
    return os.attribute("skip", error.message());
  out.write(reinterpret_cast<const char *>(values.data()),
            values.size() * sizeof(float));
  os.attribute("checked", name);
}

/// Prints one JSON object on a line.
static void say(llvm::function_ref<void(llvm::json::OStream &)> attributes) {
  llvm::json::OStream os(llvm::outs());
  os.object([&] { attributes(os); });
  llvm::outs() << '\n';
  llvm::outs().flush();
}

int main(int argc, char **argv) {
  int threads = 0;
  if (argc != 2 || StringRef(argv[1]).getAsInteger(10, threads) ||
      threads < 1) {
    llvm::errs() << "usage: keel-peer THREADS\n";
    return 2;
  }
  say([&](llvm::json::OStream &os) {
    os.attribute("peer", "keel");
    os.attribute("threads", threads);
  });
  for (std::string line; std::getline(std::cin, line);) {
    llvm::SmallVector<StringRef, 3> words;
    StringRef(line).split(words, ' ', -1, /*KeepEmpty=*/false);
    double seconds = 0.0;
    if (words.empty())
      continue;
    say([&](llvm::json::OStream &os) {
      if (words[0] == "check" && words.size() == 3)
        check(words[1], words[2].str(), threads, os);
      else if (words.size() == 2 && !words[1].getAsDouble(seconds))
        answer(words[0], seconds, threads, os);
      else
        os.attribute("skip", "expected CASE SECONDS or check CASE FILE");
    });
  }
  return 0;
}
