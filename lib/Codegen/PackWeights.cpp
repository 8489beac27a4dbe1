//===- PackWeights.cpp - Weights in the order tiles read them -------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TilePlan.h"
#include "keel/Codegen/Passes.h"
#include "keel/Interfaces/Roles.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

namespace keel {
#define GEN_PASS_DEF_PACKWEIGHTS
#include "keel/Codegen/Passes.h.inc"
} // namespace keel

using namespace mlir;
using namespace keel;

namespace {

/// Smaller weights stay in the first two caches in any order.
constexpr int64_t kMinBytes = 64 << 10;

/// Lets @infer take some weights in another order, which @fold brings them to.
class Packer {
public:
  explicit Packer(func::FuncOp infer, func::FuncOp fold)
      : infer(infer), fold(fold) {}

  /// Packs the weight of a contraction in panels of `columns` columns.
  void pack(const Contraction &contraction, int64_t columns);

private:
  void createFold();
  unsigned findResult(StringRef name);

  func::FuncOp infer, fold;
};

struct PackWeights : keel::impl::PackWeightsBase<PackWeights> {
  using PackWeightsBase::PackWeightsBase;

  void runOnOperation() override;
};

} // namespace

static StringAttr getArgAttr(BlockArgument arg, StringRef name) {
  auto func = cast<func::FuncOp>(arg.getOwner()->getParentOp());
  return func.getArgAttrOfType<StringAttr>(arg.getArgNumber(), name);
}

/// The weight of a contraction if it can come in another order: an argument
/// that nothing else reads.
static BlockArgument getWeight(const Contraction &contraction) {
  auto arg = dyn_cast<BlockArgument>(contraction.b->get());
  if (!arg || !arg.hasOneUse() || !contraction.isRowMajor() ||
      contraction.packedColumns ||
      !isa<func::FuncOp>(arg.getOwner()->getParentOp()))
    return {};
  auto type = cast<RankedTensorType>(arg.getType());
  StringAttr role = getArgAttr(arg, kRoleAttr);
  bool isParam = role && (role == role::kParam || role == role::kFolded);
  if (!isParam || type.getRank() != 2 || !type.hasStaticShape() ||
      type.getNumElements() * type.getElementTypeBitWidth() / 8 < kMinBytes)
    return {};
  return arg;
}

/// An @fold that passes on what it takes: @infer's parameters.
void Packer::createFold() {
  OpBuilder b(infer);
  SmallVector<Type> types, resultTypes;
  SmallVector<DictionaryAttr> argAttrs, resultAttrs;
  SmallVector<unsigned> passed;
  auto folded = b.getStringAttr(role::kFolded);
  for (BlockArgument arg : infer.getArguments()) {
    StringAttr role = getArgAttr(arg, kRoleAttr);
    bool isParam = role && role == role::kParam;
    if (!isParam && (!role || role != role::kState))
      continue;
    StringAttr name = getArgAttr(arg, kNameAttr);
    if (isParam) {
      passed.push_back(types.size());
      resultTypes.push_back(arg.getType());
      resultAttrs.push_back(b.getDictionaryAttr(
          {b.getNamedAttr(kFoldedFromAttr, b.getArrayAttr({name})),
           b.getNamedAttr(kNameAttr, name),
           b.getNamedAttr(kRoleAttr, folded)}));
      infer.setArgAttr(arg.getArgNumber(), kRoleAttr, folded);
    }
    types.push_back(arg.getType());
    argAttrs.push_back(b.getDictionaryAttr(
        {b.getNamedAttr(kNameAttr, name), b.getNamedAttr(kRoleAttr, role)}));
  }
  fold = func::FuncOp::create(b, infer.getLoc(), step::kFold,
                              b.getFunctionType(types, resultTypes));
  fold.setAllArgAttrs(argAttrs);
  fold.setAllResultAttrs(resultAttrs);
  Block *entry = fold.addEntryBlock();
  b.setInsertionPointToStart(entry);
  SmallVector<Value> values;
  for (unsigned i : passed)
    values.push_back(entry->getArgument(i));
  func::ReturnOp::create(b, infer.getLoc(), values);
}

unsigned Packer::findResult(StringRef name) {
  for (unsigned i = 0, e = fold.getNumResults(); i < e; ++i)
    if (fold.getResultAttrOfType<StringAttr>(i, kNameAttr) == name)
      return i;
  llvm_unreachable("@fold computes every folded argument of @infer");
}

/// W[k, n] becomes P[n / T, k, n mod T].
void Packer::pack(const Contraction &contraction, int64_t columns) {
  if (!fold)
    createFold();
  BlockArgument arg = getWeight(contraction);
  auto type = cast<RankedTensorType>(arg.getType());
  int64_t depth = type.getDimSize(0), panels = type.getDimSize(1) / columns;
  Type element = type.getElementType();
  auto packedType = RankedTensorType::get({panels, depth, columns}, element);

  // In @fold.
  unsigned result = findResult(getArgAttr(arg, kNameAttr));
  Operation *ret = fold.front().getTerminator();
  OpBuilder b(ret);
  auto op = contraction.op;
  Location loc = op.getLoc();
  Value split = tensor::ExpandShapeOp::create(
      b, loc, RankedTensorType::get({depth, panels, columns}, element),
      ret->getOperand(result), ArrayRef<ReassociationIndices>{{0}, {1, 2}});
  Value empty = tensor::EmptyOp::create(b, loc, packedType, ValueRange());
  ret->setOperand(result, linalg::TransposeOp::create(
                              b, loc, split, empty, ArrayRef<int64_t>{1, 0, 2})
                              ->getResult(0));
  fold.setFunctionType(
      b.getFunctionType(fold.getArgumentTypes(), ret->getOperandTypes()));

  // In @infer.
  arg.setType(packedType);
  infer.setFunctionType(b.getFunctionType(infer.front().getArgumentTypes(),
                                          infer.getResultTypes()));
  b.setInsertionPoint(op);
  AffineMap aMap = contraction.getMap(contraction.a);
  AffineExpr n = b.getAffineDimExpr(contraction.n);
  AffineMap packedMap = AffineMap::get(
      aMap.getNumDims(), 0,
      {n.floorDiv(columns), b.getAffineDimExpr(contraction.k), n % columns},
      b.getContext());
  auto packed = linalg::GenericOp::create(
      b, loc, op->getResultTypes(), ValueRange{contraction.a->get(), arg},
      ValueRange{contraction.c->get()},
      ArrayRef<AffineMap>{aMap, packedMap, contraction.getMap(contraction.c)},
      op.getIteratorTypesArray(),
      [](OpBuilder &b, Location loc, ValueRange args) {
        Value product = arith::MulFOp::create(b, loc, args[0], args[1]);
        Value sum = arith::AddFOp::create(b, loc, args[2], product);
        linalg::YieldOp::create(b, loc, sum);
      });
  op->replaceAllUsesWith(packed.getResults());
  op->erase();
}

void PackWeights::runOnOperation() {
  auto infer = getOperation().lookupSymbol<func::FuncOp>(step::kInfer);
  auto fold = getOperation().lookupSymbol<func::FuncOp>(step::kFold);
  if (!infer || infer.isExternal())
    return;
  VectorShape shape{vectorBits, vectorRegisters, maskedMemory, cacheBytes,
                    cores};
  SmallVector<std::pair<Contraction, int64_t>> found;
  infer.walk([&](linalg::LinalgOp op) {
    FailureOr<Contraction> contraction = Contraction::match(op);
    if (failed(contraction) || !getWeight(*contraction))
      return;
    int64_t columns = TilePlan::get(*contraction, shape, maxRows).columns;
    int64_t size = contraction->getSize(contraction->n);
    if (size > columns && size % columns == 0)
      found.push_back({*contraction, columns});
  });
  Packer packer(infer, fold);
  for (auto &[contraction, columns] : found)
    packer.pack(contraction, columns);
}
