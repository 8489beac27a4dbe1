//===- Compile.cpp - keel compile -----------------------------------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Artifact.h"
#include "Command.h"
#include "CompiledModel.h"
#include "InputLimits.h"
#include "Overrides.h"
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
  int check(const StageInfo *stage, bool isArtifact);
  int prepare(ModelFile &file);
  LogicalResult checkWeights(ModelFile &file);
  llvm::Error lower(ModuleOp module, const ModelFile &file, Stage stage,
                    const CpuTarget &machine);
  llvm::Error reportMemory(ModuleOp module);
  llvm::Error emitArtifact(ModelFile &file);
  llvm::Expected<std::string> emitText(ModelFile &file, const StageInfo *stage);

  std::string graphMode;
  int64_t maxRows = 64;

  opt<std::string> modelPath{cl::Positional, cl::Required, here(), group(),
                             cl::desc("MODEL")};
  opt<std::string> weights{
      "weights", here(), group(), cl::value_desc("FILE"),
      cl::desc("Trained weights: they go into an obj, archive, lib or exe, "
               "and are checked against the model. Where they were trained on "
               "standardized inputs, so is what is compiled")};
  opt<std::string> mode{"mode",
                        here(),
                        group(),
                        cl::value_desc("infer|train|both"),
                        cl::init("infer"),
                        cl::desc("Which functions to compile (default: "
                                 "infer)")};
  opt<std::string> emit{
      "emit", here(), group(), cl::value_desc("WHAT"),
      cl::desc("A stage (model, graph, linalg, vector, llvm), llvm-ir, asm; "
               "obj, archive or lib for programs in C; exe, a program")};
  opt<std::string> header{"header", here(), group(), cl::value_desc("FILE"),
                          cl::desc("Where the C header of an obj, archive or "
                                   "lib goes")};
  opt<std::string> output{
      "output",      here(),
      group(),       cl::value_desc("FILE"),
      cl::init("-"), cl::desc("Where to (default: standard output)")};
  cl::alias outputShort{"o", cl::aliasopt(output),
                        cl::desc("Alias for --output")};
  opt<int64_t> batchSize{"batch-size",
                         here(),
                         group(),
                         cl::value_desc("N"),
                         cl::init(64),
                         cl::desc("The most rows of a step, and of what "
                                  "inference does at once (default: 64, of "
                                  "an exe 256)")};
  opt<bool> standardize{"standardize", here(), group(),
                        cl::desc("Standardize inputs, as training will")};
  opt<std::string> loss{"loss", here(), group(), cl::value_desc("LOSS"),
                        cl::desc("In place of the model's loss")};
  opt<std::string> optimizer{
      "optimizer", here(), group(), cl::value_desc("OPTIMIZER"),
      cl::desc("In place of the model's optimizer, as keel train has it")};
  opt<std::string> schedule{"schedule", here(), group(),
                            cl::value_desc("SCHEDULE"),
                            cl::desc("In place of the optimizer's schedule")};
  opt<std::string> clip{"clip", here(), group(), cl::value_desc("CLIP"),
                        cl::desc("In place of the model's clip")};
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

/// What flags and weights say of the model.
int CompileCommand::prepare(ModelFile &file) {
  Overrides overrides{loss, optimizer, schedule, clip};
  if (failed(overrides.apply(file.getModel())))
    return kBadCommandLine;
  if (!weights.empty()) {
    FailureOr<WeightsInfo> info = WeightsInfo::read(weights);
    if (failed(info))
      return kBadInput;
    standardize = standardize || info->standardized;
  }
  return standardize && failed(file.standardize()) ? kBadInput : kDone;
}

/// Weights stay beside what is compiled; here they must fit it.
LogicalResult CompileCommand::checkWeights(ModelFile &file) {
  if (weights.empty())
    return success();
  auto table = describeModel(file, "infer");
  WeightArenas arenas;
  return failure(!table || failed(arenas.load(table->model, weights)));
}

/// Lowers to `stage`, and reports memory where that is planned by then.
/// Diagnostics have been printed where the error's message is empty.
llvm::Error CompileCommand::lower(ModuleOp module, const ModelFile &file,
                                  Stage stage, const CpuTarget &machine) {
  GraphOptions graph;
  graph.mode =
      graphMode.empty() ? mode == "both" ? "all" : mode.getValue() : graphMode;
  graph.fold = fold;
  graph.hooks = file.getHooks().vec();
  CodegenOptions codegen;
  codegen.maxRows = maxRows;
  codegen.setTarget(machine);
  codegen.checkBounds = common.checkBounds.getValue();
  // An earlier stage is emitted as it is; a copy goes on.
  OwningOpRef<ModuleOp> planned;
  if (memory && stage < Stage::vector) {
    ScopedDiagnosticHandler quiet(module.getContext(), [](Diagnostic &d) {
      return success(d.getSeverity() != DiagnosticSeverity::Error);
    });
    planned = module.clone();
    if (failed(lowerToStage(*planned, Stage::vector, graph, codegen)))
      return llvm::createStringError("");
  }
  if (failed(lowerToStage(module, stage, graph, codegen)))
    return llvm::createStringError("");
  return memory ? reportMemory(planned ? *planned : module)
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
  if (llvm::Error error = lower(file.getModule(), file,
                                stage ? stage->stage : Stage::llvm, *machine))
    return std::move(error);
  std::string text;
  if (stage) {
    llvm::raw_string_ostream os(text);
    file.getModule()->print(os);
    os << '\n';
    return text;
  }
  return emit == "asm" ? emitAssembly(file.getModule(), *machine)
                       : emitLLVMIR(file.getModule(), *machine);
}

llvm::Error CompileCommand::emitArtifact(ModelFile &file) {
  llvm::Expected<CpuTarget> machine = getTarget();
  if (!machine)
    return machine.takeError();
  ArtifactRun run(file, emit, mode);
  run.setWeights(weights, standardize);
  graphMode = run.getGraphMode();
  auto rows = run.getMaxRows(batchSize.getNumOccurrences()
                                 ? std::optional<int64_t>(batchSize)
                                 : std::nullopt);
  if (!rows)
    return rows.takeError();
  maxRows = *rows;
  OwningOpRef<ModuleOp> twin = run.makeTwin();
  for (ModuleOp module : {file.getModule(), twin.get()})
    if (module)
      if (llvm::Error error = lower(module, file, Stage::llvm, *machine))
        return error;
  return run.write(twin.get(), *machine, output, header);
}

/// All that --emit takes: the stages, and what LLVM makes of the last.
static std::string listEmissions() {
  std::string names;
  for (const StageInfo &stage : getStages())
    names += stage.name.str() + ", ";
  return names + "llvm-ir, asm, obj, archive, lib or exe";
}

/// What can be said of the flags alone.
int CompileCommand::check(const StageInfo *stage, bool isArtifact) {
  if (!stage && !isArtifact && emit != "llvm-ir" && emit != "asm")
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
  if (!header.empty() && (!isArtifact || emit == "exe"))
    return failCommandLine("--header goes with --emit=obj, archive or lib");
  if (isArtifact && output == "-" && emit != "obj")
    return failCommandLine("--emit=" + emit + " needs --output=FILE");
  return kDone;
}

int CompileCommand::run() {
  const StageInfo *stage = findStage(emit);
  bool isArtifact = llvm::is_contained(ArtifactRun::getKinds(), emit);
  if (int code = check(stage, isArtifact))
    return code;
  auto file = ModelFile::open(modelPath, common);
  if (!file)
    return kBadInput;
  maxRows = batchSize;
  if (int code = prepare(*file))
    return code;
  if (failed(checkRows(file->getModel(), maxRows)) ||
      (!isArtifact && failed(checkWeights(*file))))
    return kBadInput;
  if (verify)
    if (int code = verifyFolds(*file, weights, common))
      return code;
  // Diagnostics have been printed where a message is empty.
  auto fail = [](llvm::Error error) {
    std::string message = llvm::toString(std::move(error));
    return message.empty() ? int(kBadInput) : failInput(message);
  };
  if (isArtifact) {
    llvm::Error error = emitArtifact(*file);
    return error ? fail(std::move(error)) : int(kDone);
  }
  llvm::Expected<std::string> text = emitText(*file, stage);
  return text ? writeText(output, *text) : fail(text.takeError());
}

} // namespace

std::unique_ptr<Command> keel::createCompileCommand(const CommandInfo &info) {
  return std::make_unique<CompileCommand>(info);
}
