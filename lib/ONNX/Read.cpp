//===- Read.cpp - From protobuf to plain structures -----------------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ExternalData.h"
#include "Onnx.pb.h"
#include "keel/ONNX/Schema.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/MathExtras.h"
#include <climits>

using namespace keel::onnx;
using llvm::Error;
using llvm::Expected;
using llvm::StringRef;

template <typename... Args>
static Error fail(const char *format, Args &&...args) {
  return llvm::createStringError(
      llvm::formatv(format, std::forward<Args>(args)...).str());
}

/// Appends the lowest bytes of numbers, as a little-endian machine has them.
template <typename To, typename List>
static void append(std::string &bytes, const List &values) {
  bytes.reserve(size_t(values.size()) * sizeof(To));
  for (auto value : values) {
    To element = static_cast<To>(value);
    bytes.append(reinterpret_cast<const char *>(&element), sizeof(To));
  }
}

/// The elements where they do not stand as raw bytes.
static void takeTyped(const proto::Tensor &source, Tensor &tensor) {
  switch (tensor.type) {
  case DataType::f32:
    return append<float>(tensor.bytes, source.float_data());
  case DataType::f64:
    return append<double>(tensor.bytes, source.double_data());
  case DataType::i64:
    return append<int64_t>(tensor.bytes, source.int64_data());
  case DataType::i32:
    return append<int32_t>(tensor.bytes, source.int32_data());
  case DataType::u8:
  case DataType::boolean:
    return append<uint8_t>(tensor.bytes, source.int32_data());
  default:
    return;
  }
}

static Expected<int64_t> countBytes(const Tensor &tensor, StringRef what) {
  int64_t bytes = getSize(tensor.type);
  bool isEmpty = llvm::is_contained(tensor.shape, 0);
  for (int64_t size : tensor.shape) {
    if (size < 0)
      return fail("{0} has a negative dimension {1}", what, size);
    if (llvm::MulOverflow(bytes, isEmpty ? std::max<int64_t>(size, 1) : size,
                          bytes))
      return fail("{0} has more elements than can be counted", what);
  }
  return isEmpty ? 0 : bytes;
}

static Error takeElements(proto::Tensor &source, Tensor &tensor, StringRef what,
                          StringRef folder) {
  if (getSize(tensor.type) == 0)
    return fail("{0} has elements of {1}, which are not supported: float, "
                "double, int32, int64, uint8 and bool are",
                what, getName(tensor.type));
  Expected<int64_t> expected = countBytes(tensor, what);
  if (!expected)
    return expected.takeError();
  if (source.data_location() == 1) {
    ExternalData place;
    for (const proto::StringPair &pair : source.external_data())
      place.entries.push_back({pair.key(), pair.value()});
    if (Error error = place.read(folder, *expected, tensor.bytes))
      return fail("{0}: {1}", what, llvm::toString(std::move(error)));
  } else if (source.has_raw_data()) {
    tensor.bytes = std::move(*source.mutable_raw_data());
  } else {
    takeTyped(source, tensor);
  }
  if (int64_t(tensor.bytes.size()) != *expected)
    return fail("{0} of shape [{1:$[, ]}] needs {2} bytes of data, got {3}",
                what,
                llvm::make_range(tensor.shape.begin(), tensor.shape.end()),
                *expected, tensor.bytes.size());
  if (tensor.type == DataType::boolean)
    for (char &byte : tensor.bytes)
      byte = byte != 0;
  return Error::success();
}

static Expected<Tensor> convert(proto::Tensor &source, StringRef what,
                                StringRef folder) {
  Tensor tensor;
  tensor.name = source.name();
  // The name goes into a weights file, whose header is JSON.
  if (!llvm::json::isUTF8(tensor.name))
    return fail("a tensor's name is not UTF-8");
  tensor.type = static_cast<DataType>(source.data_type());
  tensor.shape.assign(source.dims().begin(), source.dims().end());
  if (Error error = takeElements(source, tensor, what, folder))
    return std::move(error);
  return tensor;
}

/// What an attribute holds; files of the first versions do not say.
static NodeAttribute::Kind getKind(const proto::Attribute &source) {
  switch (source.type()) {
  case 1:
    return NodeAttribute::f;
  case 2:
    return NodeAttribute::i;
  case 3:
    return NodeAttribute::s;
  case 4:
    return NodeAttribute::t;
  case 6:
    return NodeAttribute::floats;
  case 7:
    return NodeAttribute::ints;
  case 8:
    return NodeAttribute::strings;
  case 0:
    return source.has_f()              ? NodeAttribute::f
           : source.has_i()            ? NodeAttribute::i
           : source.has_s()            ? NodeAttribute::s
           : source.has_t()            ? NodeAttribute::t
           : source.floats_size() > 0  ? NodeAttribute::floats
           : source.ints_size() > 0    ? NodeAttribute::ints
           : source.strings_size() > 0 ? NodeAttribute::strings
                                       : NodeAttribute::none;
  default:
    return NodeAttribute::other;
  }
}

static Expected<NodeAttribute> convert(proto::Attribute &source,
                                       const Node &node, StringRef folder) {
  NodeAttribute attribute;
  attribute.name = source.name();
  attribute.kind = getKind(source);
  attribute.real = source.f();
  attribute.integer = source.i();
  attribute.text = source.s();
  attribute.reals.assign(source.floats().begin(), source.floats().end());
  attribute.integers.assign(source.ints().begin(), source.ints().end());
  attribute.texts.assign(source.strings().begin(), source.strings().end());
  if (attribute.kind != NodeAttribute::t)
    return attribute;
  std::string what = llvm::formatv("attribute '{0}' of node '{1}' ({2})",
                                   attribute.name, node.name, node.op);
  Expected<Tensor> tensor = convert(*source.mutable_t(), what, folder);
  if (!tensor)
    return tensor.takeError();
  attribute.tensor = std::move(*tensor);
  return attribute;
}

static Expected<Node> convert(proto::Node &source, StringRef folder) {
  Node node;
  node.op = source.op_type();
  node.domain = source.domain() == "ai.onnx" ? "" : source.domain();
  node.inputs.assign(source.input().begin(), source.input().end());
  node.outputs.assign(source.output().begin(), source.output().end());
  node.name = source.name();
  // A node without a name is known by what it computes.
  if (node.name.empty() && !node.outputs.empty())
    node.name = node.outputs.front();
  for (proto::Attribute &attribute : *source.mutable_attribute()) {
    Expected<NodeAttribute> converted = convert(attribute, node, folder);
    if (!converted)
      return converted.takeError();
    node.attributes.push_back(std::move(*converted));
  }
  return node;
}

static Expected<ValueInfo> convert(const proto::ValueInfo &source) {
  ValueInfo value;
  value.name = source.name();
  if (!source.type().has_tensor_type())
    return fail("'{0}' is not a tensor, which is all that is supported",
                value.name);
  const proto::Type::TensorType &type = source.type().tensor_type();
  value.type = static_cast<DataType>(type.elem_type());
  if (!type.has_shape())
    return value;
  value.shape.emplace();
  for (const proto::Shape::Dimension &dim : type.shape().dim()) {
    int64_t size = dim.has_dim_value() ? dim.dim_value() : -1;
    // Some exporters write -1 for a size that they do not know.
    value.shape->push_back({size < 0 ? -1 : size, dim.dim_param()});
  }
  return value;
}

static Expected<Graph> convert(proto::Graph &source, StringRef folder) {
  Graph graph;
  graph.name = source.name();
  if (source.sparse_initializer_size() > 0)
    return fail("sparse initializers are not supported");
  for (proto::Tensor &tensor : *source.mutable_initializer()) {
    std::string what = llvm::formatv("initializer '{0}'", tensor.name());
    Expected<Tensor> converted = convert(tensor, what, folder);
    if (!converted)
      return converted.takeError();
    graph.initializers.push_back(std::move(*converted));
  }
  for (proto::Node &node : *source.mutable_node()) {
    Expected<Node> converted = convert(node, folder);
    if (!converted)
      return converted.takeError();
    graph.nodes.push_back(std::move(*converted));
  }
  for (const proto::ValueInfo &value : source.input()) {
    Expected<ValueInfo> converted = convert(value);
    if (!converted)
      return converted.takeError();
    graph.inputs.push_back(std::move(*converted));
  }
  // An output may lack a type: it then is what its node computes.
  for (const proto::ValueInfo &value : source.output())
    graph.outputs.push_back({value.name(), DataType::undefined, std::nullopt});
  return graph;
}

Expected<Model> keel::onnx::parseModel(StringRef bytes, StringRef folder) {
  if (bytes.size() > size_t(INT_MAX))
    return fail("is larger than 2 GB: keep its weights in external data");
  proto::Model source;
  if (!source.ParseFromArray(bytes.data(), int(bytes.size())))
    return fail("is no ONNX model: its bytes are not understood");
  if (!source.has_graph() || source.opset_import_size() == 0)
    return fail("is no ONNX model: it has no graph or no operator set");
  Model model;
  for (const proto::OperatorSet &set : source.opset_import())
    model.operatorSets.push_back(
        {set.domain() == "ai.onnx" ? "" : set.domain(), set.version()});
  Expected<Graph> graph = convert(*source.mutable_graph(), folder);
  if (!graph)
    return graph.takeError();
  model.graph = std::move(*graph);
  return model;
}
