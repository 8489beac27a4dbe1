//===- GraphImporter.cpp - A graph on its way into a model ----------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "GraphImporter.h"
#include "Families.h"
#include "keel/Interfaces/Roles.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace keel;
using namespace keel::onnx;
using llvm::Error;
using llvm::Expected;

/// Tensors beyond this many bytes are taken for a mistake, or an attack.
static constexpr int64_t kMaxBytes = int64_t(1) << 36;

template <typename... Args>
static Error fail(const char *format, Args &&...args) {
  return llvm::createStringError(
      llvm::formatv(format, std::forward<Args>(args)...).str());
}

GraphImporter::GraphImporter(Model model, MLIRContext &context,
                             const ImportOptions &options, bool fixBatch)
    : source(std::move(model)), options(options), fixBatch(fixBatch),
      b(UnknownLoc::get(&context), &context) {}

Location GraphImporter::getLoc(StringRef name) {
  return NameLoc::get(b.getStringAttr(name.empty() ? "value" : name));
}

Type GraphImporter::getElement(DataType type) {
  switch (type) {
  case DataType::f32:
    return b.getF32Type();
  case DataType::f64:
    return b.getF64Type();
  case DataType::i32:
    return b.getI32Type();
  case DataType::i64:
    return b.getI64Type();
  case DataType::u8:
    return b.getI8Type();
  case DataType::boolean:
    return b.getI1Type();
  default:
    return {};
  }
}

//===----------------------------------------------------------------------===//
// Names
//===----------------------------------------------------------------------===//

void GraphImporter::collectUses() {
  for (const Node &node : source.graph.nodes) {
    for (const std::string &input : node.inputs)
      ++uses[input];
    for (const std::string &output : node.outputs)
      producers.try_emplace(output, &node);
    if (node.op != "Gradient")
      continue;
    for (const NodeAttribute &attribute : node.attributes) {
      differentiated.insert(attribute.text);
      differentiated.insert_range(attribute.texts);
    }
  }
  for (const ValueInfo &output : source.graph.outputs)
    ++uses[output.name];
  for (const auto &name : differentiated)
    ++uses[name.getKey()];
}

Operand *GraphImporter::find(StringRef name) {
  auto it = operands.find(name);
  return it == operands.end() ? nullptr : &it->second;
}

/// Bytes of a shape with a batch of one row, -1 where they cannot be counted. A
/// dimension of 0 counts as 1: a result may lose it.
static int64_t countBytes(ArrayRef<int64_t> shape, DataType type) {
  int64_t bytes = getSize(type);
  for (int64_t size : shape)
    if (!ShapedType::isDynamic(size) &&
        llvm::MulOverflow(bytes, std::max<int64_t>(size, 1), bytes))
      return -1;
  return bytes;
}

Error GraphImporter::define(Operand operand) {
  const std::string name = operand.name;
  if (operand.shape.size() > KEEL_MAX_RANK)
    return fail("'{0}' has {1} dimensions, at most {2} are supported", name,
                operand.shape.size(), KEEL_MAX_RANK);
  int64_t bytes = countBytes(operand.shape, operand.type);
  if (bytes < 0 || bytes > kMaxBytes)
    return fail("'{0}' is too large", name);
  if (!operand.shape.empty() &&
      ShapedType::isDynamicShape(ArrayRef(operand.shape).drop_front()))
    return fail("'{0}' would not have the batch, whose size is not known, as "
                "its first axis: fix the batch in the file",
                name);
  if (!operands.try_emplace(name, std::move(operand)).second)
    return fail("'{0}' is computed before", name);
  return Error::success();
}

//===----------------------------------------------------------------------===//
// Inputs and outputs
//===----------------------------------------------------------------------===//

Error GraphImporter::addInitializers() {
  for (Tensor &tensor : source.graph.initializers) {
    Operand operand;
    operand.name = tensor.name;
    operand.type = tensor.type;
    operand.shape = tensor.shape;
    operand.isInitializer = true;
    operand.constant = std::make_shared<Tensor>(std::move(tensor));
    // It must not become a part of what it is differentiated by.
    if (isDifferentiated(operand.name) && operand.constant->isReal()) {
      operand.value = getParam(operand, Form::asItIs, /*isTrained=*/true);
      operand.constant = nullptr;
    }
    if (Error error = define(std::move(operand)))
      return error;
  }
  return Error::success();
}

/// Which input each known one is for: named ones first, the others in order.
Error GraphImporter::matchInputs() {
  SmallVector<StringRef> names;
  for (const ValueInfo &input : source.graph.inputs)
    if (!find(input.name))
      names.push_back(input.name);
  for (const KnownInput &known : options.inputs)
    if (!known.name.empty())
      knownInputs[known.name] = known.array;
  auto next = names.begin();
  for (const KnownInput &known : options.inputs) {
    if (!known.name.empty())
      continue;
    while (next != names.end() && knownInputs.contains(*next))
      ++next;
    if (next == names.end())
      return fail("takes {0} inputs, {1} are given", names.size(),
                  options.inputs.size());
    knownInputs[*next++] = known.array;
  }
  for (const auto &known : knownInputs)
    if (!llvm::is_contained(names, known.getKey()))
      return fail("has no input '{0}'", known.getKey());
  return Error::success();
}

/// The batch stays free, other axes that are not fixed are those of the data.
Expected<Sizes> GraphImporter::getInputShape(const ValueInfo &info) {
  const keel_array *known = knownInputs.lookup(info.name);
  if (!info.shape)
    return fail("input '{0}' has no shape", info.name);
  bool fits = known && size_t(known->rank) == info.shape->size();
  Sizes shape;
  for (auto [axis, dim] : llvm::enumerate(*info.shape)) {
    bool isBatch = axis == 0 && !fixBatch;
    if (dim.size >= 0) {
      shape.push_back(dim.size);
    } else if (isBatch) {
      if (!batchName.empty() && !dim.name.empty() && batchName != dim.name)
        return fail("inputs have two batches, '{0}' and '{1}': fix one in the "
                    "file",
                    batchName, dim.name);
      batchName = batchName.empty() ? dim.name : batchName;
      shape.push_back(ShapedType::kDynamic);
    } else if (fits) {
      shape.push_back(known->shape[axis]);
    } else {
      return fail("axis {0}{1} of input '{2}' is not fixed, and only the "
                  "first, the batch, may be so: fix it in the file, or give "
                  "--input={2}=FILE.npy",
                  axis, dim.name.empty() ? "" : " (" + dim.name + ")",
                  info.name);
    }
  }
  return shape;
}

static DataType getDataType(int32_t dtype) {
  switch (dtype) {
  case KEEL_F32:
    return DataType::f32;
  case KEEL_F64:
    return DataType::f64;
  case KEEL_I32:
    return DataType::i32;
  case KEEL_I64:
    return DataType::i64;
  default:
    return DataType::u8;
  }
}

static std::shared_ptr<const Tensor> toTensor(const keel_array &array) {
  auto tensor = std::make_shared<Tensor>();
  tensor->type = getDataType(array.dtype);
  tensor->shape.assign(array.shape, array.shape + array.rank);
  tensor->bytes.assign(static_cast<const char *>(array.data),
                       size_t(array.bytes));
  return tensor;
}

Error GraphImporter::addInput(const ValueInfo &info) {
  Operand operand;
  operand.name = info.name;
  operand.type = info.type;
  if (getSize(info.type) == 0)
    return fail("input '{0}' has elements of {1}, which are not supported: "
                "float, double, int32, int64, uint8 and bool are",
                info.name, getName(info.type));
  Expected<Sizes> shape = getInputShape(info);
  if (!shape)
    return shape.takeError();
  operand.shape = std::move(*shape);
  if (const keel_array *known = knownInputs.lookup(info.name))
    operand.known = toTensor(*known);
  operand.value = model.getBody().front().addArgument(
      RankedTensorType::get(operand.shape, getElement(info.type)),
      getLoc(info.name));
  return define(std::move(operand));
}

Error GraphImporter::addInputs() {
  SmallVector<Attribute> attributes;
  for (const ValueInfo &info : source.graph.inputs) {
    // Old files list initializers among the inputs.
    if (Operand *operand = find(info.name); operand && operand->isInitializer)
      continue;
    if (info.name.empty())
      return fail("an input has no name");
    if (Error error = addInput(info))
      return error;
    attributes.push_back(b.getDictionaryAttr(
        b.getNamedAttr(kNameAttr, b.getStringAttr(info.name))));
  }
  model.setArgAttrsAttr(b.getArrayAttr(attributes));
  return Error::success();
}

Error GraphImporter::addOutputs() {
  SmallVector<Value> results;
  SmallVector<Attribute> attributes;
  for (const ValueInfo &output : source.graph.outputs) {
    Operand *operand = find(output.name);
    if (!operand)
      return fail("output '{0}' is computed by no node", output.name);
    results.push_back(getValue(*operand));
    if (!problem.empty())
      return fail("{0}", problem);
    attributes.push_back(b.getDictionaryAttr(
        b.getNamedAttr(kNameAttr, b.getStringAttr(output.name))));
  }
  if (results.empty())
    return fail("the graph has no outputs");
  ReturnOp::create(b, results);
  model.setFunctionType(
      b.getFunctionType(model.getBody().front().getArgumentTypes(),
                        ValueRange(results).getTypes()));
  model.setResAttrsAttr(b.getArrayAttr(attributes));
  return Error::success();
}

//===----------------------------------------------------------------------===//
// Nodes
//===----------------------------------------------------------------------===//

Error GraphImporter::importNode(const Node &node) {
  std::string op = node.domain.empty() ? node.op : node.domain + "." + node.op;
  int64_t opset = 0;
  for (const OperatorSet &set : source.operatorSets)
    if (set.domain == node.domain)
      opset = set.version;
  b.setLoc(getLoc(node.outputs.empty() ? node.name : node.outputs.front()));
  NodeImporter importer(*this, node, opset, b);
  Handler handler = getHandlers().lookup(op);
  if (!handler)
    return importer.fail("the op is not supported");
  if (opset <= 0)
    return importer.fail("the file does not say which version of the operator "
                         "set '{0}' it uses",
                         node.domain);
  for (const std::string &input : node.inputs)
    if (!input.empty() && !find(input))
      return importer.fail("its input '{0}' is computed by no node before it",
                           input);
  if (Error error = handler(importer))
    return error;
  if (Error error = importer.finish())
    return error;
  if (!problem.empty())
    return importer.fail("{0}", problem);
  for (const std::string &output : node.outputs)
    if (!output.empty() && uses.lookup(output) > 0 && !find(output))
      return importer.fail("its output '{0}' is not supported", output);
  return Error::success();
}

/// What has become part of something else, or what no output depends on. The
/// weights stay: they are the file's.
void GraphImporter::eraseDead() {
  for (Operation &op :
       llvm::make_early_inc_range(llvm::reverse(model.getBody().front())))
    if (!isa<ParamOp, StateOp>(op) && isOpTriviallyDead(&op))
      op.erase();
}

Expected<ImportedModel> GraphImporter::run() {
  MLIRContext *context = b.getContext();
  context->loadDialect<KeelDialect, arith::ArithDialect, linalg::LinalgDialect,
                       math::MathDialect, tensor::TensorDialect>();
  module = ModuleOp::create(getLoc(source.graph.name));
  b.setInsertionPointToStart(module->getBody());
  std::string name = source.graph.name.empty() ? "model" : source.graph.name;
  OperationState state(getLoc(name), ModelOp::getOperationName());
  state.addAttribute(SymbolTable::getSymbolAttrName(), b.getStringAttr(name));
  state.addAttribute("function_type", TypeAttr::get(b.getFunctionType({}, {})));
  state.addRegion()->emplaceBlock();
  model = cast<ModelOp>(b.create(state));
  b.setInsertionPointToStart(&model.getBody().front());
  collectUses();
  if (Error error = addInitializers())
    return std::move(error);
  if (Error error = matchInputs())
    return std::move(error);
  if (Error error = addInputs())
    return std::move(error);
  for (const Node &node : source.graph.nodes)
    if (Error error = importNode(node))
      return std::move(error);
  if (Error error = addOutputs())
    return std::move(error);
  eraseDead();
  llvm::sort(weights, [](const ImportedTensor &x, const ImportedTensor &y) {
    return x.name < y.name;
  });
  return ImportedModel{std::move(module), std::move(weights)};
}
