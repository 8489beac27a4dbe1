//===- OnnxMutator.h - Changes of an ONNX file that keep its form ---------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A byte more or less in a nested message spoils the lengths of all that it is
// in. So the file is taken apart into its fields, one of them is changed, and
// it is put together again.
//
//===----------------------------------------------------------------------===//

#ifndef KEEL_TEST_FUZZ_ONNXMUTATOR_H
#define KEEL_TEST_FUZZ_ONNXMUTATOR_H

#include <cstdint>
#include <functional>
#include <optional>
#include <random>
#include <string>
#include <vector>

namespace keel::fuzz {

/// The messages of the format by their place in it, see lib/ONNX/Onnx.proto.
enum class Message {
  none,
  model,
  graph,
  node,
  tensor,
  attribute,
  value,
  type,
  tensorType,
  shape,
  other
};

inline Message getMember(Message message, uint64_t field) {
  switch (message) {
  case Message::model:
    return field == 7   ? Message::graph
           : field == 8 ? Message::other
                        : Message::none;
  case Message::graph:
    return field == 1                   ? Message::node
           : field == 5                 ? Message::tensor
           : field >= 11 && field <= 13 ? Message::value
                                        : Message::none;
  case Message::node:
    return field == 5 ? Message::attribute : Message::none;
  case Message::attribute:
    return field == 5   ? Message::tensor
           : field == 6 ? Message::graph
                        : Message::none;
  case Message::tensor:
    return field == 13 ? Message::other : Message::none;
  case Message::value:
    return field == 2 ? Message::type : Message::none;
  case Message::type:
    return field == 1 ? Message::tensorType : Message::none;
  case Message::tensorType:
    return field == 2 ? Message::shape : Message::none;
  case Message::shape:
    return field == 1 ? Message::other : Message::none;
  default:
    return Message::none;
  }
}

/// A field: a number, some bytes, or a message.
struct Field {
  uint64_t key = 0, number = 0; ///< the key is the field and the wire's type
  std::string bytes;
  Message message = Message::none;
  std::vector<Field> members;
};

inline std::optional<uint64_t> takeVarint(const std::string &text, size_t &at) {
  uint64_t value = 0;
  for (unsigned shift = 0; at < text.size() && shift < 64; shift += 7) {
    auto byte = uint8_t(text[at++]);
    value |= uint64_t(byte & 127) << shift;
    if (byte < 128)
      return value;
  }
  return std::nullopt;
}

inline void appendVarint(std::string &text, uint64_t value) {
  for (; value > 127; value >>= 7)
    text += char(value | 128);
  text += char(value);
}

/// False where the bytes are no message.
inline bool takeApart(const std::string &text, Message message,
                      std::vector<Field> &fields, int depth = 0) {
  if (depth > 16)
    return false;
  for (size_t at = 0; at < text.size();) {
    std::optional<uint64_t> key = takeVarint(text, at), number;
    if (!key)
      return false;
    Field &field = fields.emplace_back();
    field.key = *key;
    size_t length = 0;
    switch (*key & 7) {
    case 0:
      if (!(number = takeVarint(text, at)))
        return false;
      field.number = *number;
      continue;
    case 1:
      length = 8;
      break;
    case 5:
      length = 4;
      break;
    case 2:
      if (!(number = takeVarint(text, at)))
        return false;
      length = size_t(*number);
      break;
    default:
      return false;
    }
    if (length > text.size() - at)
      return false;
    field.bytes = text.substr(at, length);
    at += length;
    Message member = getMember(message, *key >> 3);
    if ((*key & 7) == 2 && member != Message::none &&
        takeApart(field.bytes, member, field.members, depth + 1))
      field.message = member;
    else
      field.members.clear();
  }
  return true;
}

inline std::string putTogether(const std::vector<Field> &fields) {
  std::string text;
  for (const Field &field : fields) {
    appendVarint(text, field.key);
    if ((field.key & 7) == 0) {
      appendVarint(text, field.number);
      continue;
    }
    std::string bytes = field.message == Message::none
                            ? field.bytes
                            : putTogether(field.members);
    if ((field.key & 7) == 2)
      appendVarint(text, bytes.size());
    text += bytes;
  }
  return text;
}

/// Changes one field somewhere below; `change` changes bytes.
inline void changeOne(std::vector<Field> &fields, std::minstd_rand &random,
                      const std::function<void(std::string &)> &change) {
  static const uint64_t numbers[] = {
      0,          1,          2,          6,         7,          9,
      11,         15,         64,         255,       0x7fffffff, 0xffffffff,
      1ull << 40, 1ull << 62, 1ull << 63, ~0ull - 1, ~0ull};
  if (fields.empty())
    return;
  size_t at = random() % fields.size();
  Field &field = fields[at];
  if (field.message != Message::none && random() % 8)
    return changeOne(field.members, random, change);
  switch (random() % 6) {
  case 0:
    fields.erase(fields.begin() + long(at));
    return;
  case 1: {
    Field copy = field;
    fields.insert(fields.begin() + long(random() % (fields.size() + 1)), copy);
    return;
  }
  case 2:
    std::swap(field, fields[random() % fields.size()]);
    return;
  default:
    break;
  }
  if ((field.key & 7) == 0)
    field.number = random() % 2 ? numbers[random() % std::size(numbers)]
                                : field.number + random() % 5 - 2;
  else if ((field.key & 7) == 2 && field.message == Message::none)
    // Names are those of other fields as often as not.
    if (const Field &other = fields[random() % fields.size()];
        random() % 2 && other.message == Message::none)
      field.bytes = std::string(other.bytes);
    else
      change(field.bytes);
  else
    changeOne(field.members, random, change);
}

inline std::string
mutateOnnx(const std::string &text, std::minstd_rand &random,
           const std::function<void(std::string &)> &change) {
  std::vector<Field> fields;
  if (!takeApart(text, Message::model, fields)) {
    std::string bytes = text;
    change(bytes);
    return bytes;
  }
  for (unsigned i = 0, e = 1 + random() % 4; i < e; ++i)
    changeOne(fields, random, change);
  return putTogether(fields);
}

} // namespace keel::fuzz

#endif // KEEL_TEST_FUZZ_ONNXMUTATOR_H
