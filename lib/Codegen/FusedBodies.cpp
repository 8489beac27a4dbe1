//===- FusedBodies.cpp - Two bodies in one operation ----------------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "FusedBodies.h"
#include "mlir/IR/IRMapping.h"

using namespace mlir;
using namespace keel;

linalg::GenericOp keel::fuseBodies(linalg::GenericOp first,
                                   linalg::GenericOp second,
                                   ArrayRef<utils::IteratorType> iterators) {
  SmallVector<Value> inputs, outputs;
  SmallVector<AffineMap> inputMaps, outputMaps;
  for (linalg::GenericOp op : {first, second}) {
    for (OpOperand *input : op.getDpsInputOperands()) {
      inputs.push_back(input->get());
      inputMaps.push_back(op.getMatchingIndexingMap(input));
    }
    for (OpOperand &output : op.getDpsInitsMutable()) {
      outputs.push_back(output.get());
      outputMaps.push_back(op.getMatchingIndexingMap(&output));
    }
  }
  llvm::append_range(inputMaps, outputMaps);
  OpBuilder b(second);
  auto build = [&](OpBuilder &b, Location loc, ValueRange args) {
    IRMapping mapping;
    llvm::DenseMap<Value, Value> written;
    SmallVector<Value> results;
    unsigned nextInput = 0, nextOutput = inputs.size();
    for (linalg::GenericOp op : {first, second}) {
      for (OpOperand &operand : op->getOpOperands()) {
        Value arg = args[op.isDpsInput(&operand) ? nextInput++ : nextOutput++];
        auto it = written.find(operand.get());
        mapping.map(op.getMatchingBlockArgument(&operand),
                    it == written.end() ? arg : it->second);
      }
      for (Operation &inner : op.getBody()->without_terminator())
        b.clone(inner, mapping);
      for (auto [output, value] :
           llvm::zip(op.getDpsInits(),
                     op.getBody()->getTerminator()->getOperands())) {
        results.push_back(mapping.lookupOrDefault(value));
        written[output] = results.back();
      }
    }
    linalg::YieldOp::create(b, loc, results);
  };
  auto fused = linalg::GenericOp::create(
      b, b.getFusedLoc({first.getLoc(), second.getLoc()}), TypeRange(), inputs,
      outputs, inputMaps, iterators, build);
  first.erase();
  second.erase();
  return fused;
}
