//===- Write.cpp - From plain structures to protobuf ----------------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Onnx.pb.h"
#include "keel/ONNX/Schema.h"
#include <climits>

using namespace keel::onnx;

static void convert(const Tensor &tensor, proto::Tensor &result) {
  for (int64_t size : tensor.shape)
    result.add_dims(size);
  result.set_data_type(static_cast<int32_t>(tensor.type));
  result.set_name(tensor.name);
  result.set_raw_data(tensor.bytes);
}

static void convert(const NodeAttribute &attribute, proto::Attribute &result) {
  // The numbers of the kinds in the format.
  static constexpr int32_t numbers[] = {0, 1, 2, 3, 4, 6, 7, 8, 0};
  result.set_name(attribute.name);
  result.set_type(numbers[attribute.kind]);
  switch (attribute.kind) {
  case NodeAttribute::f:
    return result.set_f(attribute.real);
  case NodeAttribute::i:
    return result.set_i(attribute.integer);
  case NodeAttribute::s:
    return result.set_s(attribute.text);
  case NodeAttribute::t:
    return convert(attribute.tensor, *result.mutable_t());
  case NodeAttribute::floats:
    return result.mutable_floats()->Assign(attribute.reals.begin(),
                                           attribute.reals.end());
  case NodeAttribute::ints:
    return result.mutable_ints()->Assign(attribute.integers.begin(),
                                         attribute.integers.end());
  default:
    return;
  }
}

static void convert(const Node &node, proto::Node &result) {
  for (const std::string &input : node.inputs)
    result.add_input(input);
  for (const std::string &output : node.outputs)
    result.add_output(output);
  result.set_name(node.name);
  result.set_op_type(node.op);
  for (const NodeAttribute &attribute : node.attributes)
    convert(attribute, *result.add_attribute());
}

static void convert(const ValueInfo &value, proto::ValueInfo &result) {
  result.set_name(value.name);
  proto::Type::TensorType &type = *result.mutable_type()->mutable_tensor_type();
  type.set_elem_type(static_cast<int32_t>(value.type));
  proto::Shape &shape = *type.mutable_shape();
  for (const Dimension &dimension : *value.shape) {
    proto::Shape::Dimension &dim = *shape.add_dim();
    if (dimension.size < 0)
      dim.set_dim_param(dimension.name);
    else
      dim.set_dim_value(dimension.size);
  }
}

llvm::Expected<std::string> keel::onnx::writeModel(const Model &model) {
  proto::Model result;
  result.set_ir_version(model.irVersion);
  result.set_producer_name(model.producer);
  for (const OperatorSet &set : model.operatorSets) {
    proto::OperatorSet &added = *result.add_opset_import();
    added.set_domain(set.domain);
    added.set_version(set.version);
  }
  proto::Graph &graph = *result.mutable_graph();
  graph.set_name(model.graph.name);
  for (const Node &node : model.graph.nodes)
    convert(node, *graph.add_node());
  for (const Tensor &tensor : model.graph.initializers)
    convert(tensor, *graph.add_initializer());
  for (const ValueInfo &input : model.graph.inputs)
    convert(input, *graph.add_input());
  for (const ValueInfo &output : model.graph.outputs)
    convert(output, *graph.add_output());
  std::string bytes;
  if (result.ByteSizeLong() > size_t(INT_MAX) ||
      !result.SerializeToString(&bytes))
    return llvm::createStringError("the model has more than the 2 GB that an "
                                   "ONNX file can hold");
  return bytes;
}
