//===- Compile.cpp - keel compile -----------------------------------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Command.h"
#include "CompiledModel.h"
#include "VerifyFolds.h"
#include "Weights.h"
#include "keel/Emission/Emission.h"
#include "keel/Execution/Session.h"
#include "keel/Pipelines/Pipelines.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir;
using namespace keel;
namespace cl = llvm::cl;

namespace {

struct CompileCommand : Command {
  explicit CompileCommand(const CommandInfo &info)
      : Command(info.name, info.summary) {}

  int run() override;

private:
  llvm::Expected<CpuTarget> getTarget();
  LogicalResult checkWeights(ModelFile &file);
  llvm::Error lower(ModelFile &file, Stage stage, const CpuTarget &machine);
  llvm::Error reportMemory(ModuleOp module);
  llvm::Expected<std::string> emitText(ModelFile &file, const StageInfo *stage);

  opt<std::string> modelPath{cl::Positional, cl::Required, here(), group(),
                             cl::desc("MODEL")};
  opt<std::string> weights{
      "weights", here(), group(), cl::value_desc("FILE"),
      cl::desc("Trained weights: checked against the model, and where they "
               "were trained on standardized inputs, so is what is compiled")};
  opt<std::string> mode{"mode",
                        here(),
                        group(),
                        cl::value_desc("infer|train|both"),
                        cl::init("infer"),
                        cl::desc("Which functions to compile (default: "
                                 "infer)")};
  opt<std::string> emit{
      "emit", here(), group(), cl::value_desc("WHAT"),
      cl::desc("A stage (model, graph, linalg, vector, llvm), llvm-ir, asm or "
               "obj")};
  opt<std::string> output{
      "output",      here(),
      group(),       cl::value_desc("FILE"),
      cl::init("-"), cl::desc("Where to (default: standard output)")};
  cl::alias outputShort{"o", cl::aliasopt(output),
                        cl::desc("Alias for --output")};
  opt<int64_t> batchSize{
      "batch-size", here(),
      group(),      cl::value_desc("N"),
      cl::init(64), cl::desc("The most rows of a call (default: 64)")};
  opt<std::string> target{"target", here(), group(), cl::value_desc("TRIPLE"),
                          cl::desc("The machine to compile for (default: this "
                                   "one)")};
  opt<std::string> cpu{"cpu", here(), group(), cl::value_desc("NAME"),
                       cl::desc("Its processor (default: this one's, or the "
                                "triple's generic one)")};
  opt<bool> fold{"fold", here(), group(), cl::init(true),
                 cl::desc("Fold what inference does not need (default: true)")};
  opt<bool> verify{"verify-folds", here(), group(),
                   cl::desc("First compare folded and unfolded inference on "
                            "random inputs, by --weights or drawn ones, and "
                            "fail where they differ by more than rounding")};
  opt<bool> memory{"report-memory", here(), group(),
                   cl::desc("Print the bytes of every arena that the compiled "
                            "functions work on")};
};

llvm::Expected<CpuTarget> CompileCommand::getTarget() {
  if (target.empty() && cpu.empty())
    return CpuTarget::getHost();
  return CpuTarget::get(target, cpu);
}

/// Weights stay beside what is compiled; here they must fit it.
LogicalResult CompileCommand::checkWeights(ModelFile &file) {
  if (weights.empty())
    return success();
  FailureOr<WeightsInfo> info = WeightsInfo::read(weights);
  if (failed(info) || (info->standardized && failed(file.standardize())))
    return failure();
  auto table = describeModel(file, "infer");
  WeightArenas arenas;
  return failure(!table || failed(arenas.load(table->model, weights)));
}

/// Lowers to `stage`, and reports memory where that is planned by then.
/// Diagnostics have been printed where the error's message is empty.
llvm::Error CompileCommand::lower(ModelFile &file, Stage stage,
                                  const CpuTarget &machine) {
  GraphOptions graph;
  graph.mode = mode == "both" ? std::string("all") : mode.getValue();
  graph.fold = fold;
  graph.hooks = file.getHooks().vec();
  CodegenOptions codegen;
  codegen.maxRows = batchSize;
  codegen.setTarget(machine);
  // An earlier stage is emitted as it is; a copy goes on.
  OwningOpRef<ModuleOp> planned;
  if (memory && stage < Stage::vector) {
    ScopedDiagnosticHandler quiet(&file.getContext(), [](Diagnostic &d) {
      return success(d.getSeverity() != DiagnosticSeverity::Error);
    });
    planned = file.getModule().clone();
    if (failed(lowerToStage(*planned, Stage::vector, graph, codegen)))
      return llvm::createStringError("");
  }
  if (failed(lowerToStage(file.getModule(), stage, graph, codegen)))
    return llvm::createStringError("");
  return memory ? reportMemory(planned ? *planned : file.getModule())
                : llvm::Error::success();
}

llvm::Error CompileCommand::reportMemory(ModuleOp module) {
  auto table = ModelTable::create(module);
  if (!table)
    return table.takeError();
  llvm::errs() << "arenas for " << (*table)->model.max_rows
               << " rows a call, in bytes:\n";
  for (auto [name, bytes] : listArenas((*table)->model))
    llvm::errs() << llvm::formatv("  {0,-8}{1,12}\n", name, bytes);
  return llvm::Error::success();
}

/// What is emitted as text or bytes, of the module lowered to `stage` or, where
/// that is null, to stage llvm and then by LLVM.
llvm::Expected<std::string> CompileCommand::emitText(ModelFile &file,
                                                     const StageInfo *stage) {
  llvm::Expected<CpuTarget> machine = getTarget();
  if (!machine)
    return machine.takeError();
  if (llvm::Error error =
          lower(file, stage ? stage->stage : Stage::llvm, *machine))
    return std::move(error);
  std::string text;
  if (stage) {
    llvm::raw_string_ostream os(text);
    file.getModule()->print(os);
    os << '\n';
    return text;
  }
  if (emit == "llvm-ir")
    return emitLLVMIR(file.getModule(), *machine);
  if (emit == "asm")
    return emitAssembly(file.getModule(), *machine);
  auto object = emitObject(file.getModule(), *machine);
  if (!object)
    return object.takeError();
  return std::string(object->begin(), object->end());
}

/// All that --emit takes: the stages, and what LLVM makes of the last.
static std::string listEmissions() {
  std::string names;
  for (const StageInfo &stage : getStages())
    names += stage.name.str() + ", ";
  return names + "llvm-ir, asm or obj";
}

int CompileCommand::run() {
  const StageInfo *stage = findStage(emit);
  if (!stage && !llvm::is_contained({"llvm-ir", "asm", "obj"}, emit))
    return failCommandLine("--emit must be " + listEmissions() +
                           (emit.empty() ? "" : ", got '" + emit + "'"));
  if (!llvm::is_contained({"infer", "train", "both"}, mode))
    return failCommandLine("--mode must be infer, train or both, got '" + mode +
                           "'");
  if (batchSize < 1)
    return failCommandLine("--batch-size must be at least 1");
  if (verify && (!fold || mode == "train"))
    return failCommandLine("--verify-folds needs folded inference: give "
                           "neither --fold=false nor --mode=train");
  auto file = ModelFile::open(modelPath, common);
  if (!file || failed(checkWeights(*file)))
    return kBadInput;
  if (verify)
    if (int code = verifyFolds(*file, weights, common))
      return code;
  llvm::Expected<std::string> text = emitText(*file, stage);
  if (!text) {
    // Diagnostics have been printed where the message is empty.
    std::string message = llvm::toString(text.takeError());
    return message.empty() ? kBadInput : failInput(message);
  }
  return writeText(output, *text);
}

} // namespace

std::unique_ptr<Command> keel::createCompileCommand(const CommandInfo &info) {
  return std::make_unique<CompileCommand>(info);
}
