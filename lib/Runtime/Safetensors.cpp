//===- Safetensors.cpp - Reading named tensors ----------------------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The format: a little-endian u64 with the header's length, the header (a JSON
// object from names to type, shape and byte range), the tensors' bytes.
//
//===----------------------------------------------------------------------===//

#include "keel/Runtime/Safetensors.h"
#include "Checksum.h"
#include "TensorTable.h"

using namespace keel;

namespace {

constexpr int64_t largestHeader = 100000000;

struct Type {
  const char *name;
  int64_t size;
  int32_t dtype;
};

const Type types[] = {
    {"F32", 4, KEEL_F32}, {"F64", 8, KEEL_F64}, {"I32", 4, KEEL_I32},
    {"I64", 8, KEEL_I64}, {"U8", 1, KEEL_U8},   {"BOOL", 1, -1},
    {"I8", 1, -1},        {"I16", 2, -1},       {"U16", 2, -1},
    {"F16", 2, -1},       {"BF16", 2, -1},      {"U32", 4, -1},
    {"U64", 8, -1},       {"F8_E4M3", 1, -1},   {"F8_E5M2", 1, -1}};

const Type *findType(const char *name) {
  for (const Type &type : types)
    if (name && !strcmp(type.name, name))
      return &type;
  return nullptr;
}

int byStart(const void *a, const void *b) {
  const char *x = (const char *)((const keel_stored_tensor *)a)->data;
  const char *y = (const char *)((const keel_stored_tensor *)b)->data;
  if (x != y)
    return x < y ? -1 : 1;
  // An empty tensor stands before the one that starts where it does.
  int64_t p = ((const keel_stored_tensor *)a)->bytes;
  int64_t q = ((const keel_stored_tensor *)b)->bytes;
  return p < q ? -1 : p > q;
}

int byName(const void *a, const void *b) {
  return strcmp(((const keel_stored_tensor *)a)->name,
                ((const keel_stored_tensor *)b)->name);
}

struct Reader {
  const char *path;
  keel_safetensors *file;
  keel_error *error;
  const char *data;
  int64_t dataBytes;

  const keel_json_value &at(int64_t index) {
    return file->header.values[index];
  }

  int readShape(const keel_json_value *shape, keel_stored_tensor *tensor,
                int64_t *elements) {
    if (!shape || shape->kind != KEEL_JSON_ARRAY)
      return keel_fail(error, path, "tensor \"%s\" has no shape", tensor->name);
    if (shape->count > KEEL_MAX_RANK)
      return keel_fail(error, path,
                       "tensor \"%s\" has %d dimensions, at most %d are "
                       "supported",
                       tensor->name, shape->count, KEEL_MAX_RANK);
    *elements = 1;
    for (int64_t i = shape->child; i >= 0; i = at(i).next) {
      if (at(i).integer < 0 || !multiply(*elements, at(i).integer, elements))
        return keel_fail(error, path,
                         "tensor \"%s\" has a dimension that is no size",
                         tensor->name);
      tensor->shape[tensor->rank++] = at(i).integer;
    }
    return 0;
  }

  int readTensor(const keel_json_value &value, keel_stored_tensor *tensor) {
    *tensor = {};
    tensor->name = value.key;
    const keel_json_value *type = keel_json_get(&file->header, &value, "dtype");
    const Type *known = type ? findType(type->string) : nullptr;
    if (!known)
      return keel_fail(error, path, "tensor \"%s\" has an unknown dtype",
                       value.key);
    tensor->type = known->name;
    tensor->dtype = known->dtype;
    int64_t elements;
    if (readShape(keel_json_get(&file->header, &value, "shape"), tensor,
                  &elements))
      return 1;
    const keel_json_value *range =
        keel_json_get(&file->header, &value, "data_offsets");
    if (!range || range->kind != KEEL_JSON_ARRAY || range->count != 2)
      return keel_fail(error, path, "tensor \"%s\" has no data_offsets",
                       value.key);
    int64_t begin = at(range->child).integer;
    int64_t end = at(at(range->child).next).integer;
    if (begin < 0 || end < begin || end > dataBytes)
      return keel_fail(error, path,
                       "tensor \"%s\" lies outside the file's %lld bytes of "
                       "data; is the file cut short?",
                       value.key, (long long)dataBytes);
    if (!multiply(elements, known->size, &tensor->bytes) ||
        tensor->bytes != end - begin)
      return keel_fail(error, path,
                       "tensor \"%s\" has %lld bytes, its shape and type need "
                       "%lld",
                       value.key, (long long)(end - begin),
                       (long long)tensor->bytes);
    tensor->data = data + begin;
    return 0;
  }

  int readMetadata(const keel_json_value &object) {
    if (object.kind != KEEL_JSON_OBJECT)
      return keel_fail(error, path, "the metadata is no object");
    file->metadata = (keel_key_value *)calloc((size_t)object.count + 1,
                                              sizeof(keel_key_value));
    if (!file->metadata)
      return keel_fail_memory(error, path, object.count * 16);
    for (int64_t i = object.child; i >= 0; i = at(i).next) {
      if (at(i).kind != KEEL_JSON_STRING)
        return keel_fail(error, path, "the metadata \"%s\" is no string",
                         at(i).key);
      file->metadata[file->num_metadata++] = {at(i).key, at(i).string};
    }
    return 0;
  }

  /// Every byte belongs to exactly one tensor.
  int checkCover() {
    qsort(file->tensors, (size_t)file->num_tensors, sizeof(keel_stored_tensor),
          byStart);
    const char *end = data;
    for (int64_t i = 0; i < file->num_tensors; ++i) {
      const keel_stored_tensor &tensor = file->tensors[i];
      if (tensor.data != end)
        return keel_fail(error, path, "tensor \"%s\" %s", tensor.name,
                         tensor.data < end ? "overlaps another"
                                           : "stands after a hole");
      end += tensor.bytes;
    }
    if (end != data + dataBytes)
      return keel_fail(error, path, "has %lld bytes after the last tensor",
                       (long long)(data + dataBytes - end));
    return 0;
  }

  int read() {
    const keel_json_value &root = at(0);
    if (root.kind != KEEL_JSON_OBJECT)
      return keel_fail(error, path, "the header is no JSON object");
    file->tensors = (keel_stored_tensor *)calloc((size_t)root.count + 1,
                                                 sizeof(keel_stored_tensor));
    if (!file->tensors)
      return keel_fail_memory(error, path, root.count * 128);
    for (int64_t i = root.child; i >= 0; i = at(i).next) {
      if (!strcmp(at(i).key, "__metadata__")) {
        if (readMetadata(at(i)))
          return 1;
      } else if (readTensor(at(i), &file->tensors[file->num_tensors++])) {
        return 1;
      }
    }
    if (checkCover())
      return 1;
    qsort(file->tensors, (size_t)file->num_tensors, sizeof(keel_stored_tensor),
          byName);
    return keel_check_checksums(path, file, error);
  }
};

/// Tensors that point into `contents`.
int parse(const char *contents, int64_t size, const char *path,
          keel_safetensors *file, keel_error *error) {
  if (size < 8)
    return keel_fail(error, path,
                     "is no safetensors file: it has only %lld bytes",
                     (long long)size);
  uint64_t length = load<uint64_t>(contents);
  if (length > largestHeader || (int64_t)length > size - 8)
    return keel_fail(error, path,
                     "is no whole safetensors file: the header's length %llu "
                     "is beyond the file's end",
                     (unsigned long long)length);
  keel_error inner;
  if (keel_json_parse(contents + 8, (int64_t)length, path, &file->header,
                      &inner))
    return keel_fail(error, path,
                     "the header is no JSON: %.3000s, at byte %lld",
                     inner.message, (long long)(8 + inner.column));
  int64_t bytes = size - 8 - (int64_t)length;
  Reader reader = {path, file, error, contents + 8 + length, bytes};
  return reader.read();
}

} // namespace

int keel_safetensors_open(const char *path, keel_safetensors *file,
                          keel_error *error) {
  *file = {};
  Vec<char> contents;
  if (keel_read_file(path, &contents, error))
    return 1;
  int64_t size = contents.size;
  file->memory = contents.release();
  int failed = parse((const char *)file->memory, size, path, file, error);
  if (failed)
    keel_safetensors_close(file);
  return failed;
}

int keel_safetensors_view(const void *bytes, int64_t size, const char *name,
                          keel_safetensors *file, keel_error *error) {
  *file = {};
  int failed = parse((const char *)bytes, size, name, file, error);
  if (failed)
    keel_safetensors_close(file);
  return failed;
}

void keel_safetensors_close(keel_safetensors *file) {
  free(file->tensors);
  free(file->metadata);
  free(file->memory);
  keel_json_free(&file->header);
  *file = {};
}

const keel_stored_tensor *keel_safetensors_find(const keel_safetensors *file,
                                                const char *name) {
  keel_stored_tensor wanted = {};
  wanted.name = name;
  return (const keel_stored_tensor *)bsearch(
      &wanted, file->tensors, (size_t)file->num_tensors,
      sizeof(keel_stored_tensor), byName);
}

const char *keel_safetensors_metadata(const keel_safetensors *file,
                                      const char *key) {
  for (int64_t i = 0; i < file->num_metadata; ++i)
    if (!strcmp(file->metadata[i].key, key))
      return file->metadata[i].value;
  return nullptr;
}

int keel_safetensors_write(const char *path, const keel_stored_tensor *tensors,
                           int64_t num_tensors, const keel_key_value *metadata,
                           int64_t num_metadata, keel_error *error) {
  return keel_write_tensors(path, nullptr, tensors, num_tensors, metadata,
                            num_metadata, error);
}

static void appendHeader(keel_text *text, const keel_stored_tensor *tensors,
                         int64_t num_tensors, const keel_key_value *metadata,
                         int64_t num_metadata) {
  static const char *const names[] = {"F32", "F64", "I32", "I64", "U8"};
  keel_text_append(text, "{\"__metadata__\": {");
  // Those that another file had are not of these tensors.
  for (int64_t i = 0; i < num_metadata; ++i)
    if (strcmp(metadata[i].key, KEEL_CHECKSUMS) != 0) {
      keel_json_append_key(text, metadata[i].key);
      keel_json_append_string(text, metadata[i].value);
    }
  Scoped<keel_text, keel_text_free> sums;
  keel_append_checksums(sums.get(), tensors, num_tensors);
  text->failed |= sums->failed;
  keel_json_append_key(text, KEEL_CHECKSUMS);
  keel_json_append_string(text, sums->data ? sums->data : "");
  keel_text_append(text, "}");
  int64_t offset = 0;
  for (int64_t i = 0; i < num_tensors; ++i) {
    keel_json_append_key(text, tensors[i].name);
    keel_text_append(text, "{\"dtype\": \"%s\", \"shape\": [",
                     names[tensors[i].dtype]);
    for (int32_t d = 0; d < tensors[i].rank; ++d)
      keel_text_append(text, "%s%lld", d ? ", " : "",
                       (long long)tensors[i].shape[d]);
    keel_text_append(text, "], \"data_offsets\": [%lld, %lld]}",
                     (long long)offset, (long long)(offset + tensors[i].bytes));
    offset += tensors[i].bytes;
  }
  keel_text_append(text, "}");
  while (text->length % 64 != 56 && !text->failed) // the data starts aligned
    keel_text_append(text, " ");
}

int keel_write_tensors(const char *path, const char *keep,
                       const keel_stored_tensor *tensors, int64_t num_tensors,
                       const keel_key_value *metadata, int64_t num_metadata,
                       keel_error *error) {
  Scoped<keel_text, keel_text_free> header;
  keel_text *text = header.get();
  appendHeader(text, tensors, num_tensors, metadata, num_metadata);
  if (text->failed)
    return keel_fail_memory(error, path, text->length);
  OutputFile file;
  file.keep = keep;
  if (keel_output_open(&file, path, error))
    return 1;
  uint64_t length = (uint64_t)text->length;
  fwrite(&length, 1, 8, file.stream);
  fwrite(text->data, 1, (size_t)text->length, file.stream);
  for (int64_t i = 0; i < num_tensors; ++i)
    fwrite(tensors[i].data, 1, (size_t)tensors[i].bytes, file.stream);
  return keel_output_commit(&file, error);
}
