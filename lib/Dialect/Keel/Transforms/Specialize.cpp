//===- Specialize.cpp - Functions of training and inference ---------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "StepFunction.h"
#include "keel/Dialect/Keel/IR/Keel.h"
#include "keel/Dialect/Keel/Transforms/Passes.h"
#include "keel/Runtime/Model.h"
#include "keel/Runtime/Random.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

namespace keel {
#define GEN_PASS_DEF_KEELSPECIALIZE
#include "keel/Dialect/Keel/Transforms/Passes.h.inc"
} // namespace keel

using namespace mlir;
using namespace keel;

namespace {

/// A result with a loss, and what it is compared with.
struct Label {
  unsigned result;
  LossAttrInterface loss;
  std::string name;
  RankedTensorType type;
  int64_t classes; ///< what an integer label is less than, else 0
};

/// The labels of a model, in its results' order.
SmallVector<Label> getLabels(ModelOp model) {
  bool named = isa_and_present<DictionaryAttr>(model.getLossAttr());
  SmallVector<Label> labels;
  for (auto [index, type] : llvm::enumerate(model.getResultTypes())) {
    LossAttrInterface loss = model.getResultLoss(index);
    if (!loss)
      continue;
    auto prediction = cast<RankedTensorType>(type);
    RankedTensorType label = loss.getLabelType(prediction);
    bool isClass = isa<IntegerType>(label.getElementType());
    labels.push_back({unsigned(index), loss,
                      named ? model.getResultName(index) : "label", label,
                      isClass ? prediction.getShape().back() : 0});
  }
  return labels;
}

/// The first label whose loss has an accuracy, null where none has.
const Label *findAccuracy(ArrayRef<Label> labels) {
  const Label *found = llvm::find_if(labels, [](const Label &label) {
    return label.loss.getAccuracyKind() != KEEL_ACCURACY_NONE;
  });
  return found == labels.end() ? nullptr : found;
}

/// Makes the functions of one model.
class Specializer {
public:
  explicit Specializer(ModelOp model)
      : model(model), builder(model->getContext()), labels(getLabels(model)) {
    builder.setInsertionPoint(model);
  }

  LogicalResult buildInfer();
  LogicalResult buildEval();
  LogicalResult buildGradStep();
  void buildInit();
  void annotateModule();

private:
  func::FuncOp create(StringRef name, bool withLabels, bool withStep);
  LogicalResult cloneBody(func::FuncOp func, Mode mode);
  SmallVector<Value> getOutputs();
  Value buildTotalLoss(OpBuilder &inner, func::FuncOp func);

  ModelOp model;
  OpBuilder builder;
  IRMapping mapping;
  SmallVector<Label> labels;
};

StepValue describe(ParamOp op) {
  StepValue value{op.getType(), role::kParam, op.getName().str(), {}};
  MLIRContext *context = op.getContext();
  auto flag = [&](StringRef name, bool set) {
    value.extra.emplace_back(StringAttr::get(context, name),
                             BoolAttr::get(context, set));
  };
  if (!op.getTrainable())
    flag(kTrainableAttr, false);
  if (op.getDecay())
    flag(kDecayAttr, true);
  return value;
}

StepValue describe(StateOp op) {
  return {op.getType(), role::kState, op.getName().str(), {}};
}

func::FuncOp Specializer::create(StringRef name, bool withLabels,
                                 bool withStep) {
  SmallVector<StepValue> arguments;
  auto params = llvm::to_vector(model.getBody().getOps<ParamOp>());
  auto states = llvm::to_vector(model.getBody().getOps<StateOp>());
  for (ParamOp param : params)
    arguments.push_back(describe(param));
  for (StateOp state : states)
    arguments.push_back(describe(state));
  for (BlockArgument input : model.getArguments())
    arguments.push_back({input.getType(),
                         role::kInput,
                         model.getInputName(input.getArgNumber()),
                         {}});
  for (const Label &label : withLabels ? labels : SmallVector<Label>())
    arguments.push_back({label.type, role::kLabel, label.name, {}});
  if (withStep)
    for (StringRef role : {role::kStep, role::kSeed, role::kFirstRow})
      arguments.push_back({builder.getI64Type(), role, "", {}});
  func::FuncOp func =
      createStepFunction(builder, model.getLoc(), name, arguments);

  mapping.clear();
  unsigned next = 0;
  for (ParamOp param : params)
    mapping.map(param.getResult(), func.getArgument(next++));
  for (StateOp state : states)
    mapping.map(state.getResult(), func.getArgument(next++));
  for (BlockArgument input : model.getArguments())
    mapping.map(input, func.getArgument(next++));
  return func;
}

LogicalResult Specializer::cloneBody(func::FuncOp func, Mode mode) {
  OpBuilder inner = OpBuilder::atBlockEnd(&func.getBody().front());
  for (Operation &op : model.getBody().front().without_terminator()) {
    if (isa<ParamOp, StateOp>(op))
      continue;
    if (auto twin = dyn_cast<ModeOpInterface>(op)) {
      FailureOr<SmallVector<Value>> values =
          twin.buildTwin(inner, mode, mapping);
      if (failed(values))
        return failure();
      mapping.map(op.getResults(), *values);
    } else {
      inner.clone(op, mapping);
    }
  }
  return success();
}

SmallVector<Value> Specializer::getOutputs() {
  SmallVector<Value> outputs;
  for (Value value : model.getBody().front().getTerminator()->getOperands())
    outputs.push_back(mapping.lookup(value));
  return outputs;
}

/// The label's argument of `func`.
Value getArgument(func::FuncOp func, const Label &label) {
  for (BlockArgument argument : func.getArguments())
    if (getArgumentRole(argument) == role::kLabel &&
        getArgumentName(argument) == label.name)
      return argument;
  return {};
}

/// The sum of the losses.
Value Specializer::buildTotalLoss(OpBuilder &inner, func::FuncOp func) {
  SmallVector<Value> outputs = getOutputs();
  Value total;
  for (const Label &label : labels) {
    Value loss = label.loss.buildLoss(
        inner, model.getLoc(), outputs[label.result], getArgument(func, label));
    total = total ? AddOp::create(inner, model.getLoc(), loss.getType(), total,
                                  loss)
                        .getResult()
                  : loss;
  }
  return total;
}

LogicalResult Specializer::buildInfer() {
  func::FuncOp func =
      create(step::kInfer, /*withLabels=*/false, /*withStep=*/false);
  if (failed(cloneBody(func, Mode::infer)))
    return failure();
  SmallVector<Value> outputs = getOutputs();
  SmallVector<StepValue> results;
  for (auto [index, output] : llvm::enumerate(outputs))
    results.push_back(
        {output.getType(), role::kOutput, model.getResultName(index), {}});
  setStepResults(func, outputs, results);
  return success();
}

LogicalResult Specializer::buildEval() {
  func::FuncOp func =
      create(step::kEval, /*withLabels=*/true, /*withStep=*/false);
  if (failed(cloneBody(func, Mode::infer)))
    return failure();
  OpBuilder inner = OpBuilder::atBlockEnd(&func.getBody().front());
  Value loss = buildTotalLoss(inner, func), correct;
  if (const Label *label = findAccuracy(labels))
    correct = label->loss.buildCorrect(inner, model.getLoc(),
                                       getOutputs()[label->result],
                                       getArgument(func, *label));
  auto countType = RankedTensorType::get({}, inner.getI64Type());
  if (!correct)
    correct = arith::ConstantOp::create(
        inner, model.getLoc(),
        DenseElementsAttr::get(countType, inner.getI64IntegerAttr(0)));
  setStepResults(func, {loss, correct},
                 {{loss.getType(), role::kLoss, "", {}},
                  {countType, role::kCorrect, "", {}}});
  return success();
}

LogicalResult Specializer::buildGradStep() {
  func::FuncOp func =
      create(step::kGradStep, /*withLabels=*/true, /*withStep=*/true);
  if (failed(cloneBody(func, Mode::train)))
    return failure();
  OpBuilder inner = OpBuilder::atBlockEnd(&func.getBody().front());
  Value loss = buildTotalLoss(inner, func);
  SmallVector<Value> values = {loss};
  SmallVector<StepValue> results = {{loss.getType(), role::kLoss, "", {}}};
  for (StateOp state : model.getBody().getOps<StateOp>()) {
    values.push_back(mapping.lookup(state.getResult()));
    results.push_back(
        {state.getType(), role::kNewState, state.getName().str(), {}});
  }
  setStepResults(func, values, results);
  return success();
}

std::optional<Fans> getFans(ParamOp param) {
  for (OpOperand &use : param.getResult().getUses())
    if (auto user = dyn_cast<ParameterUserOpInterface>(use.getOwner()))
      if (auto fans = user.getFans(use.getOperandNumber()))
        return fans;
  return std::nullopt;
}

void Specializer::buildInit() {
  func::FuncOp func =
      createStepFunction(builder, model.getLoc(), step::kInit,
                         {{builder.getI64Type(), role::kSeed, "", {}}});
  OpBuilder inner = OpBuilder::atBlockEnd(&func.getBody().front());
  Value seed = func.getArgument(0);
  SmallVector<Value> values;
  SmallVector<StepValue> results;
  auto append = [&](auto op, std::optional<Fans> fans) {
    uint64_t stream = keel_fnv1a(op.getName().data(), op.getName().size());
    values.push_back(op.getInit().buildInitialValue(
        inner, op.getLoc(), op.getType(), seed, stream, fans));
    results.push_back(describe(op));
  };
  for (ParamOp param : model.getBody().getOps<ParamOp>())
    append(param, getFans(param));
  for (StateOp state : model.getBody().getOps<StateOp>())
    append(state, std::nullopt);
  setStepResults(func, values, results);
}

/// More than one where training computes statistics over the batch.
int64_t getMinTrainRows(ModelOp model) {
  int64_t rows = 1;
  for (Operation &op : model.getBody().front())
    if (auto differs = dyn_cast<ModeOpInterface>(op))
      rows = std::max(rows, differs.getMinTrainRows());
  return rows;
}

void Specializer::annotateModule() {
  Operation *module = model->getParentOp();
  module->setAttr(kModelNameAttr, model.getSymNameAttr());
  if (auto optimizer = model.getOptimizerAttr())
    module->setAttr(kOptimizerAttr, optimizer);
  if (auto clip = model.getClipAttr())
    module->setAttr(kClipAttr, clip);
  bool isError = model.getOnNonfinite().value_or("skip") == "error";
  module->setAttr(kNonfiniteIsErrorAttr, builder.getBoolAttr(isError));
  module->setAttr(kMinTrainRowsAttr,
                  builder.getI64IntegerAttr(getMinTrainRows(model)));
  if (labels.empty())
    return;
  SmallVector<int32_t> accuracies;
  SmallVector<int64_t> classes;
  SmallVector<std::string> outputs;
  for (const Label &label : labels) {
    classes.push_back(label.classes);
    accuracies.push_back(label.loss.getAccuracyKind());
    outputs.push_back(model.getResultName(label.result));
  }
  module->setAttr(kLabelAccuraciesAttr,
                  builder.getDenseI32ArrayAttr(accuracies));
  module->setAttr(kLabelClassesAttr, builder.getDenseI64ArrayAttr(classes));
  module->setAttr(kLabelOutputsAttr,
                  builder.getStrArrayAttr(
                      SmallVector<StringRef>(outputs.begin(), outputs.end())));
}

struct Specialize : keel::impl::KeelSpecializeBase<Specialize> {
  using KeelSpecializeBase::KeelSpecializeBase;

  void runOnOperation() override {
    if (!llvm::is_contained({"infer", "eval", "run", "train", "all"}, mode)) {
      getOperation().emitError()
          << "mode must be infer, eval, run, train or all, got '" << mode
          << "'";
      return signalPassFailure();
    }
    FailureOr<ModelOp> chosen = choose();
    if (failed(chosen) || failed(specialize(*chosen)))
      return signalPassFailure();
    for (ModelOp other :
         llvm::make_early_inc_range(getOperation().getOps<ModelOp>()))
      other.erase();
  }

  FailureOr<ModelOp> choose() {
    auto models = llvm::to_vector(getOperation().getOps<ModelOp>());
    if (models.empty())
      return getOperation().emitError() << "has no keel.model";
    if (model.empty() && models.size() == 1)
      return models.front();
    std::string names;
    llvm::raw_string_ostream os(names);
    llvm::interleaveComma(models, os, [&](ModelOp m) { os << m.getSymName(); });
    if (model.empty())
      return getOperation().emitError()
             << "has several models, name one of: " << names;
    for (ModelOp candidate : models)
      if (candidate.getSymName() == model)
        return candidate;
    return getOperation().emitError()
           << "has no model '" << model << "', only: " << names;
  }

  LogicalResult specialize(ModelOp chosen) {
    bool trains = mode == "train" || mode == "all";
    bool evaluates = trains || mode == "eval";
    if (evaluates && !chosen.getLoss())
      return chosen.emitOpError()
             << "has no loss: add one such as loss = #keel.mean_squared_error";
    if (trains && !chosen.getOptimizer())
      return chosen.emitOpError()
             << "has no optimizer: add one such as "
                "optimizer = #keel.sgd<learning_rate = 0.1>";
    Specializer specializer(chosen);
    specializer.annotateModule();
    if (trains || mode == "run")
      specializer.buildInit();
    if (trains && failed(specializer.buildGradStep()))
      return failure();
    if (evaluates && failed(specializer.buildEval()))
      return failure();
    if (mode == "infer" || mode == "run" || mode == "all")
      return specializer.buildInfer();
    return success();
  }
};

} // namespace
