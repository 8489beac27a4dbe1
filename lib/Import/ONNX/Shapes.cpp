//===- Shapes.cpp - The same elements in another shape or order -----------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Build.h"
#include "Families.h"
#include "Fold.h"

using namespace mlir;
using namespace keel;
using namespace keel::onnx;
using llvm::Error;
using llvm::Expected;

static Error checkOperand(NodeImporter &n) {
  return n.has(0) ? Error::success() : n.fail("operand 0 is missing");
}

/// The operand in another shape: of elements that are known, too.
static Error setReshaped(NodeImporter &n, ArrayRef<int64_t> shape) {
  if (areKnownAndSmall(n) && !ShapedType::isDynamicShape(shape)) {
    Tensor tensor = *n.getConstant(0);
    tensor.shape.assign(shape.begin(), shape.end());
    return n.setConstant(0, std::move(tensor)), Error::success();
  }
  Value x = n.getValue(0);
  bool isFlatten = shape.size() == 2 && n.isReal(0) &&
                   n.getShape(0).size() > 2 &&
                   n.getShape(0).front() == shape.front();
  Value result = isFlatten ? FlattenOp::create(n.b, x).getResult()
                           : buildReshape(n.b, x, shape);
  n.set(0, result, n.getType(0));
  return Error::success();
}

/// The product of the dimensions that are static.
static int64_t countStatic(ArrayRef<int64_t> shape) {
  int64_t count = 1;
  for (int64_t size : shape)
    count *= ShapedType::isDynamic(size) ? 1 : size;
  return count;
}

/// Fills in the one dimension that is -1: `count` elements are to be had.
static Error infer(NodeImporter &n, Sizes &shape, int64_t count) {
  int64_t known = 1;
  auto unknown = shape.end();
  for (auto it = shape.begin(); it != shape.end(); ++it) {
    if (*it == -1 && unknown != shape.end())
      return n.fail("the shape has two dimensions of -1");
    if (*it == -1)
      unknown = it;
    else if (*it < 0 && !ShapedType::isDynamic(*it))
      return n.fail("the shape has the dimension {0}", *it);
    else if (!ShapedType::isDynamic(*it) &&
             llvm::MulOverflow(known, *it, known))
      return n.fail("the shape is too large");
  }
  if (unknown == shape.end())
    return Error::success();
  if (known == 0 || count % known != 0)
    return n.fail("{0} elements do not fill the shape {1}", count,
                  describe(shape));
  *unknown = count / known;
  return Error::success();
}

static Error importReshape(NodeImporter &n) {
  if (Error error = checkOperand(n))
    return error;
  bool allowZero = n.getInt("allowzero", 0);
  Sizes own(n.getShape(0)), shape;
  if (n.has(1)) {
    Expected<Sizes> given = n.getKnownInts(1, "shape", /*mayBeBatch=*/true);
    if (!given)
      return given.takeError();
    shape = *given;
  } else if (std::optional<Sizes> given = n.getInts("shape")) {
    shape = *given;
  } else {
    return n.fail("its shape is missing");
  }
  if (Error error = checkRank(n, int64_t(shape.size())))
    return error;
  for (auto [i, size] : llvm::enumerate(shape)) {
    if (size != 0 || allowZero)
      continue;
    if (i >= own.size())
      return n.fail("dimension {0} of the shape is that of the operand, which "
                    "has {1}",
                    i, own.size());
    size = own[i];
  }
  bool isDynamic = ShapedType::isDynamicShape(own);
  // Where all else is kept, -1 is the batch.
  if (isDynamic && !shape.empty() && shape.front() == -1 &&
      !llvm::is_contained(ArrayRef(shape).drop_front(), -1) &&
      countStatic(ArrayRef(shape).drop_front()) == countStatic(own))
    shape.front() = ShapedType::kDynamic;
  if (Error error = infer(n, shape, countStatic(own)))
    return error;
  if (isDynamic != ShapedType::isDynamicShape(shape) ||
      countStatic(own) != countStatic(shape) ||
      (isDynamic && !ShapedType::isDynamic(shape.front())))
    return n.fail("shape {0} cannot become {1}{2}", describe(own),
                  describe(shape),
                  isDynamic ? ": the batch, whose size is not known, must stay "
                              "the first axis"
                            : "");
  return setReshaped(n, shape);
}

static Error importFlatten(NodeImporter &n) {
  if (Error error = checkOperand(n))
    return error;
  ArrayRef<int64_t> own = n.getShape(0);
  auto rank = int64_t(own.size());
  int64_t axis = n.getInt("axis", 1);
  if (axis < -rank || axis > rank)
    return n.fail("axis {0} is out of range for {1} dimensions", axis, rank);
  axis = axis < 0 ? axis + rank : axis;
  ArrayRef<int64_t> outer = own.take_front(size_t(axis));
  if (ShapedType::isDynamicShape(own) && axis != 1)
    return n.fail("axis must be 1 where the batch is not fixed, got {0}", axis);
  int64_t rows = ShapedType::isDynamicShape(outer) ? ShapedType::kDynamic
                                                   : countStatic(outer);
  return setReshaped(n, {rows, countStatic(own.drop_front(size_t(axis)))});
}

/// Axes by attribute or, from operator set 13 on, by operand.
static Expected<std::optional<Sizes>> getAxes(NodeImporter &n) {
  if (!n.has(1))
    return n.getInts("axes");
  Expected<Sizes> axes = n.getKnownInts(1, "axes");
  if (!axes)
    return axes.takeError();
  return std::optional<Sizes>(std::move(*axes));
}

static Error importSqueeze(NodeImporter &n) {
  if (Error error = checkOperand(n))
    return error;
  Expected<std::optional<Sizes>> given = getAxes(n);
  if (!given)
    return given.takeError();
  ArrayRef<int64_t> own = n.getShape(0);
  Sizes dropped;
  if (*given) {
    Expected<Sizes> axes = normalizeAxes(n, **given, int64_t(own.size()));
    if (!axes)
      return axes.takeError();
    dropped = *axes;
  } else {
    for (auto [axis, size] : llvm::enumerate(own))
      if (size == 1)
        dropped.push_back(int64_t(axis));
  }
  Sizes shape;
  for (auto [axis, size] : llvm::enumerate(own)) {
    if (!llvm::is_contained(dropped, int64_t(axis)))
      shape.push_back(size);
    else if (size != 1)
      return n.fail("axis {0} of {1} is not of size 1", axis, describe(own));
  }
  return setReshaped(n, shape);
}

static Error importUnsqueeze(NodeImporter &n) {
  if (Error error = checkOperand(n))
    return error;
  Expected<std::optional<Sizes>> given = getAxes(n);
  if (!given)
    return given.takeError();
  if (!*given)
    return n.fail("its axes are missing");
  ArrayRef<int64_t> own = n.getShape(0);
  auto rank = int64_t(own.size() + (*given)->size());
  Expected<Sizes> axes = normalizeAxes(n, **given, rank);
  if (!axes)
    return axes.takeError();
  Sizes shape;
  for (int64_t axis = 0; axis < rank; ++axis) {
    bool isNew = llvm::is_contained(*axes, axis);
    shape.push_back(isNew ? 1 : own.front());
    own = isNew ? own : own.drop_front();
  }
  return setReshaped(n, shape);
}

static Error importTranspose(NodeImporter &n) {
  if (Error error = checkOperand(n))
    return error;
  auto rank = int64_t(n.getShape(0).size());
  Sizes reversed = llvm::to_vector(llvm::reverse(llvm::seq<int64_t>(0, rank)));
  Sizes given = n.getInts("perm").value_or(reversed);
  Expected<Sizes> permutation = normalizeAxes(n, given, rank);
  if (!permutation)
    return permutation.takeError();
  if (int64_t(permutation->size()) != rank)
    return n.fail("perm must name {0} axes, got {1}", rank,
                  permutation->size());
  if (n.isParam(0) && rank == 2 && permutation->front() == 1)
    return n.setAlias(0, /*isTransposed=*/true), Error::success();
  n.set(0, buildTranspose(n.b, n.getValue(0), *permutation), n.getType(0));
  return Error::success();
}

static Error importExpand(NodeImporter &n) {
  if (!n.has(0) || !n.has(1))
    return n.fail("takes two operands");
  Expected<Sizes> given = n.getKnownInts(1, "shape", /*mayBeBatch=*/true);
  if (!given)
    return given.takeError();
  if (Error error = checkRank(n, int64_t(given->size())))
    return error;
  for (int64_t size : *given)
    if (size < 0 && !ShapedType::isDynamic(size))
      return n.fail("the shape has a negative dimension {0}", size);
  std::optional<Sizes> shape = broadcast({n.getShape(0), *given});
  if (!shape)
    return n.fail("shapes {0} and {1} do not broadcast",
                  describe(n.getShape(0)), describe(*given));
  if (ShapedType::isDynamicShape(*shape) &&
      !ShapedType::isDynamicShape(n.getShape(0)))
    return n.fail("the operand has no batch to expand by, got {0}",
                  describe(n.getShape(0)));
  n.set(0, buildBroadcast(n.b, n.getValue(0), *shape), n.getType(0));
  return Error::success();
}

/// [a, b] tiled by [m, n]: [1, a, 1, b] broadcast to [m, a, n, b], as [m a, n
/// b].
static Error importTile(NodeImporter &n) {
  if (!n.has(0) || !n.has(1))
    return n.fail("takes two operands");
  Expected<Sizes> repeats = n.getKnownInts(1, "repeats");
  if (!repeats)
    return repeats.takeError();
  ArrayRef<int64_t> own = n.getShape(0);
  if (repeats->size() != own.size())
    return n.fail("needs {0} repeats, got {1}", own.size(), repeats->size());
  if (ShapedType::isDynamicShape(own))
    return n.fail("the batch must be fixed here");
  Sizes single, repeated, shape;
  for (auto [size, count] : llvm::zip(own, *repeats)) {
    if (count < 0)
      return n.fail("repeats must not be negative, got {0}", count);
    single.append({1, size});
    repeated.append({count, size});
    int64_t product = 0;
    if (llvm::MulOverflow(size, count, product))
      return n.fail("its result is too large");
    shape.push_back(product);
  }
  Value x = buildReshape(n.b, n.getValue(0), single);
  x = buildBroadcast(n.b, x, repeated);
  n.set(0, buildReshape(n.b, x, shape), n.getType(0));
  return Error::success();
}

void keel::onnx::addShapes(Handlers &handlers) {
  handlers["Reshape"] = importReshape;
  handlers["Flatten"] = importFlatten;
  handlers["Squeeze"] = importSqueeze;
  handlers["Unsqueeze"] = importUnsqueeze;
  handlers["Transpose"] = importTranspose;
  handlers["Expand"] = importExpand;
  handlers["Tile"] = importTile;
}
