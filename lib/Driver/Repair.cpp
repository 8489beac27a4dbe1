//===- Repair.cpp - keel repair -------------------------------------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Command.h"
#include "ModelText.h"
#include "Overrides.h"
#include "RepairReport.h"
#include "keel/Dialect/Keel/Transforms/Passes.h"
#include "llvm/Support/FormatVariadic.h"
#include <cmath>

using namespace mlir;
using namespace keel;
namespace cl = llvm::cl;

namespace {

/// A candidate's loss may be this share of what the best one gained behind it,
/// and still be as good: fewer cures then count for more.
constexpr double kAsGood = 0.03;
/// A candidate whose loss is not below this part of the model's own has not
/// helped.
constexpr double kHelped = 0.98;

struct RepairCommand : Command {
  explicit RepairCommand(const CommandInfo &info)
      : Command(info.name, info.summary) {}

  int run() override;

private:
  int check();
  bool openTrials(ModelFile &file, TrialData &trials, int &code);
  int tryAll(ModelFile &file, const TrialData &data,
             std::vector<RepairCandidate> &candidates);
  int tryOne(ModelFile &file, const TrialData &data, bool isStandardized,
             RepairReport::Row &row);
  int mend(ModelFile &file, const ModelText &text);
  size_t choose() const;
  int write(ModelFile &file, const ModelText &text,
            std::vector<RepairCandidate> &candidates);
  int finish();

  opt<std::string> modelPath{cl::Positional, cl::Required, here(), group(),
                             cl::desc("MODEL")};
  opt<std::string> output{
      "output",
      here(),
      group(),
      cl::value_desc("FIXED.mlir"),
      cl::init("-"),
      cl::desc("Where the mended model goes (default: standard "
               "output)")};
  cl::alias outputShort{"o", cl::aliasopt(output),
                        cl::desc("Alias for --output")};
  cl::list<std::string> only{
      "only",
      here(),
      group(),
      cl::value_desc("GROUP,..."),
      cl::CommaSeparated,
      cl::desc("Cures to choose from: init, norm, residual, activation, clip "
               "(default: all)")};
  cl::list<std::string> data{"data", here(), group(),
                             cl::value_desc("[NAME=]FILE"),
                             cl::desc("Data that candidates are tried on "
                                      "(default: made up)")};
  cl::list<std::string> labels{"labels", here(), group(),
                               cl::value_desc("[NAME=]FILE"),
                               cl::desc("Its labels, for .npy and IDX")};
  opt<std::string> labelColumn{
      "label-column", here(), group(), cl::value_desc("NAME|INDEX"),
      cl::desc("The column of a .csv that holds the labels (default: the "
               "last)")};
  opt<int64_t> steps{"steps",
                     here(),
                     group(),
                     cl::value_desc("N"),
                     cl::init(300),
                     cl::desc("Steps of a trial; 0: go by the forecast alone "
                              "(default: 300)")};
  opt<int64_t> batchSize{
      "batch-size", here(),
      group(),      cl::value_desc("B"),
      cl::init(64), cl::desc("Rows of a step (default: 64)")};
  opt<int64_t> count{"candidates",
                     here(),
                     group(),
                     cl::value_desc("K"),
                     cl::init(14),
                     cl::desc("Sets of cures to try at most "
                              "(default: 14)")};
  opt<uint64_t> seed{"seed",
                     here(),
                     group(),
                     cl::value_desc("S"),
                     cl::init(0),
                     cl::desc("What weights and orders are drawn from "
                              "(default: 0)")};
  opt<std::string> loss{"loss", here(), group(), cl::value_desc("LOSS"),
                        cl::desc("In place of the model's loss, in trials")};
  opt<std::string> optimizer{
      "optimizer", here(), group(), cl::value_desc("OPTIMIZER"),
      cl::desc("In place of the model's optimizer, in trials")};
  opt<std::string> clip{"clip", here(), group(), cl::value_desc("CLIP"),
                        cl::desc("In place of the model's clip, or none, in "
                                 "trials")};
  opt<bool> standardize{"standardize", here(), group(),
                        cl::desc("Standardize inputs in trials, as keel train "
                                 "--standardize does")};
  opt<std::string> page{"report", here(), group(), cl::value_desc("FILE.html"),
                        cl::desc("Write a page with all trials' losses")};

  RepairReport report;
  bool isUnscaled = false; ///< the data's inputs want --standardize
};

int RepairCommand::check() {
  if (steps < 0 || batchSize < 1 || count < 1)
    return failCommandLine("--batch-size and --candidates must be at least 1, "
                           "--steps must not be negative");
  if (data.empty() && !labels.empty())
    return failCommandLine("--labels needs --data");
  for (const std::string &group : only)
    if (llvm::none_of(getCures(),
                      [&](const Cure &cure) { return cure.group == group; }))
      return failCommandLine("--only takes " + listCureGroups() + "; got '" +
                             group + "'");
  return kDone;
}

/// Trains what the file holds now.
int RepairCommand::tryOne(ModelFile &file, const TrialData &data,
                          bool isStandardized, RepairReport::Row &row) {
  if (!common.quiet)
    llvm::errs() << "trying: " << row.label << '\n';
  OwningOpRef<ModuleOp> trial(file.getModule().clone());
  file.exchange(trial);
  Overrides overrides{loss, optimizer, "", clip};
  FailureOr<TrialResult> result = failure();
  if (failed(overrides.apply(file.getModel())))
    return kBadCommandLine;
  if (!isStandardized || succeeded(file.standardize()))
    result = runTrial(file, data, {steps, batchSize, seed, isStandardized});
  file.exchange(trial);
  if (failed(result))
    return kBadInput;
  if (result->interrupted)
    return kSignalled + result->interrupted;
  row.trial = std::move(*result);
  return kDone;
}

/// Reads the data and looks at its size. False where nothing is to be tried:
/// `code` is then other than kDone after an error.
bool RepairCommand::openTrials(ModelFile &file, TrialData &trials, int &code) {
  ModelOp model = file.getModel();
  bool isTrainable = (model.getLossAttr() || !loss.empty()) &&
                     (model.getOptimizer() || !optimizer.empty());
  if (steps == 0)
    return false;
  if (!isTrainable) {
    llvm::errs() << "note: a model without loss and optimizer cannot be "
                    "tried: add --loss and --optimizer, or go by the "
                    "forecast\n";
    return false;
  }
  DataFiles files{std::vector<std::string>(data.begin(), data.end()),
                  std::vector<std::string>(labels.begin(), labels.end()),
                  labelColumn, /*wantLabels=*/true};
  OwningOpRef<ModuleOp> tried(file.getModule().clone());
  file.exchange(tried);
  Overrides overrides{loss, optimizer, "", clip};
  if (failed(overrides.apply(file.getModel())))
    code = kBadCommandLine;
  else if (failed(trials.open(file, files, seed)))
    code = kBadInput;
  file.exchange(tried);
  if (code)
    return false;
  SmallVector<Finding> findings;
  if (!standardize)
    findUnscaledInputs(model, trials.getInputSizes(), findings);
  for (const Finding &finding : findings)
    emitWarning(finding.op->getLoc()) << finding.message;
  isUnscaled = !findings.empty();
  report.conditions = llvm::formatv(
      "{0} steps of {1} rows{2}: the mean loss of the last quarter; loss and "
      "accuracy after them, on rows kept apart",
      steps.getValue(), batchSize.getValue(),
      trials.isMadeUp() ? " of made-up data" : "");
  return true;
}

/// The file's own model first, then each candidate in its place.
int RepairCommand::tryAll(ModelFile &file, const TrialData &data,
                          std::vector<RepairCandidate> &candidates) {
  if (int code = tryOne(file, data, standardize, report.rows[0]))
    return code;
  for (size_t i = 0; i < candidates.size(); ++i) {
    file.exchange(candidates[i].module);
    int code =
        tryOne(file, data, standardize || isUnscaled, report.rows[i + 1]);
    file.exchange(candidates[i].module);
    if (code)
      return code;
  }
  return kDone;
}

/// Of the smallest size that learns about as well as the best, the one that
/// learns best; 0, the model as it is, where none learns more than it does.
size_t RepairCommand::choose() const {
  if (report.rows.size() < 2)
    return 0;
  if (!report.rows[0].trial)
    return 1;
  double own = report.rows[0].trial->getScore(), best = INFINITY, worst = 0.0;
  for (const RepairReport::Row &row : llvm::drop_begin(report.rows)) {
    best = std::min(best, row.trial->getScore());
    if (!row.trial->losses.empty() && std::isfinite(row.trial->losses[0]))
      worst = std::max(worst, row.trial->losses[0]);
  }
  double reference = std::isfinite(own) ? own : std::max(worst, best);
  if (!std::isfinite(best) || !(best < kHelped * reference))
    return 0;
  double limit = best + kAsGood * (reference - best);
  size_t chosen = 0;
  for (size_t i = 1; i < report.rows.size(); ++i) {
    const RepairReport::Row &row = report.rows[i];
    // Rows come in the order of their sizes.
    if (chosen != 0 && row.size > report.rows[chosen].size &&
        report.rows[chosen].trial->getScore() <= limit)
      break;
    if (chosen == 0 ||
        row.trial->getScore() < report.rows[chosen].trial->getScore())
      chosen = i;
  }
  return chosen;
}

int RepairCommand::write(ModelFile &file, const ModelText &text,
                         std::vector<RepairCandidate> &candidates) {
  ModuleOp module = report.chosen == 0 ? file.getModule()
                                       : *candidates[report.chosen - 1].module;
  report.text = text.print(module);
  if (int code = writeText(output, report.text))
    return code;
  return finish();
}

int RepairCommand::finish() {
  if (!page.empty()) {
    std::string html;
    llvm::raw_string_ostream os(html);
    report.printPage(os);
    if (int code = writeText(page, html))
      return code;
  }
  report.printTable(output == "-" ? llvm::errs() : llvm::outs());
  return kDone;
}

int RepairCommand::run() {
  if (int code = check())
    return code;
  auto file = ModelFile::open(modelPath, common);
  if (!file)
    return kBadInput;
  // Where there are hooks, all passes are registered.
  if (file->getHooks().empty())
    registerKeelTransformsPasses();
  report.model = file->getModel().getSymName().str();
  ModelText text(*file);
  return mend(*file, text);
}

int RepairCommand::mend(ModelFile &file, const ModelText &text) {
  GradientForecast forecast(file.getModel(), batchSize);
  SmallVector<Finding> findings = findTroubles(forecast);
  std::string verdict = getVerdict(findings).str();
  TrialData trials;
  int code = kDone;
  bool isAsked = verdict != "healthy" || !only.empty() || !data.empty();
  bool isTried = isAsked && openTrials(file, trials, code);
  if (code)
    return code;
  std::vector<RepairCandidate> candidates;
  if (verdict != "healthy" || !only.empty()) {
    auto planned = planRepair(
        file.getModule(), batchSize,
        std::vector<std::string>(only.begin(), only.end()), size_t(count));
    if (failed(planned))
      return kBadInput;
    candidates = std::move(*planned);
  }
  if (isUnscaled) {
    // Standardized inputs alone, which change no line of the model.
    RepairCandidate plain;
    plain.module = file.getModule().clone();
    plain.verdict = verdict;
    candidates.insert(candidates.begin(), std::move(plain));
    verdict = verdict == "healthy" ? "unscaled-input" : verdict;
  }
  report.rows.push_back({"as it is", verdict, 0, {}});
  for (RepairCandidate &candidate : candidates)
    report.rows.push_back(
        {candidate.getLabel() + (isUnscaled ? ", standardized inputs" : ""),
         candidate.verdict,
         candidate.cures.size(),
         {}});
  if (verdict == "healthy" && only.empty())
    llvm::errs() << "note: the forecast is healthy: nothing is changed\n";
  else if (candidates.empty())
    return failInput(modelPath,
                     "no cure" +
                         (only.empty() ? Twine("") : Twine(" of --only")) +
                         " changes this model, whose forecast is " + verdict);
  else if (isTried && (code = tryAll(file, trials, candidates)))
    return code;
  report.chosen = choose();
  if (!candidates.empty() && report.chosen == 0)
    llvm::errs() << "warning: no candidate learned more than the model as it "
                    "is, which is what is written; try more --steps or "
                    "--candidates\n";
  else if (report.chosen != 0 &&
           candidates[report.chosen - 1].verdict != "healthy")
    llvm::errs() << "warning: no set of cures makes the forecast healthy; the "
                    "one that helped is written\n";
  if (isUnscaled && report.chosen != 0)
    llvm::errs() << "note: train it with --standardize, as the trial did\n";
  return write(file, text, candidates);
}

} // namespace

std::unique_ptr<Command> keel::createRepairCommand(const CommandInfo &info) {
  return std::make_unique<RepairCommand>(info);
}
