//===- ValueNames.cpp - The names that a model file gives its values ------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ValueNames.h"
#include "mlir/AsmParser/AsmParser.h"
#include "mlir/AsmParser/AsmParserState.h"
#include "mlir/Bytecode/BytecodeReader.h"
#include "mlir/IR/AsmState.h"
#include "mlir/Parser/Parser.h"

using namespace mlir;
using namespace keel;

/// `h1` of `%h1`, as the parser found it.
static StringRef getText(const AsmParserState::OperationDefinition &op) {
  if (op.resultGroups.empty())
    return {};
  SMRange range = op.resultGroups.front().definition.loc;
  StringRef text(range.Start.getPointer(),
                 range.End.getPointer() - range.Start.getPointer());
  text.consume_front("%");
  return text;
}

OwningOpRef<ModuleOp> keel::parseWithNames(const llvm::SourceMgr &sources,
                                           MLIRContext *context) {
  const llvm::MemoryBuffer *buffer =
      sources.getMemoryBuffer(sources.getMainFileID());
  if (isBytecode(buffer->getMemBufferRef()))
    return parseSourceFile<ModuleOp>(sources, context);
  Block block;
  AsmParserState state;
  if (failed(parseAsmSourceFile(sources, &block, context, &state)))
    return nullptr;
  for (const AsmParserState::OperationDefinition &definition :
       state.getOpDefs())
    if (StringRef name = getText(definition); !name.empty())
      definition.op->setLoc(NameLoc::get(StringAttr::get(context, name),
                                         definition.op->getLoc()));
  Location file =
      FileLineColLoc::get(context, buffer->getBufferIdentifier(), 0, 0);
  return mlir::detail::constructContainerOpForParserIfNecessary<ModuleOp>(
      &block, context, file);
}

ValueNames::ValueNames(Operation *model) {
  AsmState state(model);
  model->walk([&](Operation *op) {
    for (Value result : op->getResults()) {
      std::string text;
      llvm::raw_string_ostream os(text);
      result.printAsOperand(os, state);
      numbers[result] = StringRef(text).ltrim('%').str();
    }
  });
}

std::string ValueNames::get(Value value) const {
  if (Operation *op = value.getDefiningOp())
    if (auto name = dyn_cast<NameLoc>(op->getLoc()))
      return name.getName().str();
  return numbers.lookup(value);
}

unsigned keel::getLine(Operation *op) {
  auto place = op->getLoc()->findInstanceOf<FileLineColLoc>();
  return place ? place.getLine() : 0;
}
