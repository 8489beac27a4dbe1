//===- Npy.cpp - NumPy's array file ---------------------------------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Rows.h"

#include <ctype.h>

using namespace keel;

namespace {

struct Header {
  char kind = 0;
  int64_t size = 0;
  bool bigEndian = false;
  bool fortran = false;
  int32_t rank = 0;
  int64_t shape[KEEL_MAX_RANK] = {};
  bool hasDescr = false, hasOrder = false, hasShape = false;
};

/// A cursor over the header, which is the text of a Python dict.
struct Parser {
  const char *p, *end;

  void skip() {
    while (p < end && isspace((unsigned char)*p))
      ++p;
  }
  bool eat(char c) {
    skip();
    if (p == end || *p != c)
      return false;
    ++p;
    return true;
  }
  bool word(const char *text) {
    skip();
    size_t length = strlen(text);
    if ((size_t)(end - p) < length || memcmp(p, text, length) != 0)
      return false;
    p += length;
    return true;
  }
  bool string(char *text, size_t size) {
    skip();
    if (p == end || (*p != '\'' && *p != '"'))
      return false;
    char quote = *p++;
    size_t length = 0;
    while (p < end && *p != quote && length + 1 < size)
      text[length++] = *p++;
    text[length] = '\0';
    return p < end && *p++ == quote;
  }
  bool integer(int64_t *value) {
    skip();
    const char *first = p;
    for (*value = 0; p < end && isdigit((unsigned char)*p); ++p)
      if (__builtin_mul_overflow(*value, 10, value) ||
          __builtin_add_overflow(*value, *p - '0', value))
        return false;
    return p != first;
  }
  bool shape(Header *header) {
    if (!eat('('))
      return false;
    while (!eat(')')) {
      if (header->rank == KEEL_MAX_RANK ||
          !integer(&header->shape[header->rank++]))
        return false;
      if (!eat(',')) {
        if (!eat(')'))
          return false;
        break;
      }
    }
    return true;
  }
  bool descr(Header *header) {
    char text[16];
    if (!string(text, sizeof(text)) || strlen(text) != 3 ||
        !strchr("<>|=", text[0]) || !isdigit((unsigned char)text[2]))
      return false;
    header->bigEndian = text[0] == '>';
    header->kind = text[1];
    header->size = text[2] - '0';
    return true;
  }
  bool dict(Header *header) {
    if (!eat('{'))
      return false;
    while (!eat('}')) {
      char key[32];
      if (!string(key, sizeof(key)) || !eat(':'))
        return false;
      if (!strcmp(key, "descr") && !header->hasDescr) {
        header->hasDescr = descr(header);
        if (!header->hasDescr)
          return false;
      } else if (!strcmp(key, "fortran_order") && !header->hasOrder) {
        header->hasOrder = true;
        header->fortran = word("True");
        if (!header->fortran && !word("False"))
          return false;
      } else if (!strcmp(key, "shape") && !header->hasShape) {
        header->hasShape = shape(header);
        if (!header->hasShape)
          return false;
      } else {
        return false;
      }
      if (!eat(',')) {
        if (!eat('}'))
          return false;
        break;
      }
    }
    skip();
    return p == end && header->hasDescr && header->hasOrder && header->hasShape;
  }
};

/// The type that a file's elements have in memory, -1 where there is none.
int32_t widened(const Header &header) {
  switch (header.kind << 4 | (int)header.size) {
  case 'f' << 4 | 2:
  case 'f' << 4 | 4:
    return KEEL_F32;
  case 'f' << 4 | 8:
    return KEEL_F64;
  case 'i' << 4 | 1:
  case 'i' << 4 | 2:
  case 'u' << 4 | 2:
  case 'i' << 4 | 4:
    return KEEL_I32;
  case 'i' << 4 | 8:
  case 'u' << 4 | 4:
  case 'u' << 4 | 8:
    return KEEL_I64;
  case 'u' << 4 | 1:
  case 'b' << 4 | 1:
    return KEEL_U8;
  default:
    return -1;
  }
}

float fromHalf(uint16_t half) {
  uint32_t sign = (uint32_t)(half & 0x8000) << 16;
  uint32_t exponent = half >> 10 & 31, mantissa = half & 0x3ff;
  if (exponent == 0) {
    float value = (float)mantissa * 0x1p-24f;
    return sign ? -value : value;
  }
  uint32_t bits = exponent == 31 ? 0x7f800000u : (exponent + 112) << 23;
  return load<float>(&(bits |= sign | mantissa << 13));
}

/// Element `index` of `array` from `from`, little-endian by now. False where
/// the value does not fit.
bool storeElement(keel_array *array, int64_t index, const Header &header,
                  const char *from) {
  char *to = (char *)array->data + index * keel_dtype_size(array->dtype);
  int32_t narrow;
  int64_t wide;
  switch (header.kind << 4 | (int)header.size) {
  case 'f' << 4 | 2: {
    float value = fromHalf(load<uint16_t>(from));
    memcpy(to, &value, 4);
    return true;
  }
  case 'i' << 4 | 1:
    narrow = load<int8_t>(from);
    memcpy(to, &narrow, 4);
    return true;
  case 'i' << 4 | 2:
    narrow = load<int16_t>(from);
    memcpy(to, &narrow, 4);
    return true;
  case 'u' << 4 | 2:
    narrow = load<uint16_t>(from);
    memcpy(to, &narrow, 4);
    return true;
  case 'u' << 4 | 4:
    wide = load<uint32_t>(from);
    memcpy(to, &wide, 8);
    return true;
  case 'b' << 4 | 1:
    *to = *from != 0;
    return true;
  default:
    memcpy(to, from, (size_t)header.size);
    return header.kind != 'u' || header.size != 8 ||
           load<uint64_t>(from) <= (uint64_t)INT64_MAX;
  }
}

/// Copies element by element, from any order of axes and bytes.
bool convert(keel_array *array, const Header &header, const char *data) {
  int64_t stride[KEEL_MAX_RANK], place[KEEL_MAX_RANK] = {};
  int64_t elements = keel_array_elements(array), step = 1;
  for (int32_t i = 0; i < header.rank; ++i) {
    int32_t axis = header.fortran ? i : header.rank - 1 - i;
    stride[axis] = step;
    step *= header.shape[axis];
  }
  int64_t source = 0;
  for (int64_t i = 0; i < elements; ++i) {
    char bytes[8];
    const char *from = data + source * header.size;
    for (int64_t b = 0; b < header.size; ++b)
      bytes[b] = from[header.bigEndian ? header.size - 1 - b : b];
    if (!storeElement(array, i, header, bytes))
      return false;
    for (int32_t axis = header.rank - 1; axis >= 0; --axis) {
      source += stride[axis];
      if (++place[axis] < header.shape[axis])
        break;
      source -= stride[axis] * header.shape[axis];
      place[axis] = 0;
    }
  }
  return true;
}

/// The whole of a file.
struct Bytes {
  const char *data;
  int64_t size;
};

/// Finds where the data starts. 0 with an error set where it does not.
int64_t parseHeader(const char *path, Bytes file, Header *header,
                    keel_error *error) {
  if (file.size < 10 || memcmp(file.data, "\x93NUMPY", 6) != 0) {
    keel_fail(error, path, "is no npy file: its first bytes are not npy's");
    return 0;
  }
  int version = (unsigned char)file.data[6];
  int64_t start = version == 1 ? 10 : 12;
  if (version < 1 || version > 3 || file.size < start) {
    keel_fail(error, path, "npy version %d is not supported, 1 to 3 are",
              version);
    return 0;
  }
  int64_t length = version == 1 ? load<uint16_t>(file.data + 8)
                                : load<uint32_t>(file.data + 8);
  if (length > file.size - start) {
    keel_fail(error, path,
              "is cut short: the header has %lld bytes, %lld are there",
              (long long)length, (long long)(file.size - start));
    return 0;
  }
  Parser parser = {file.data + start, file.data + start + length};
  if (!parser.dict(header)) {
    keel_fail(error, path,
              "the npy header is not understood: expected a plain numeric "
              "'descr', 'fortran_order' and a 'shape' of at most %d dimensions",
              KEEL_MAX_RANK);
    return 0;
  }
  return start + length;
}

/// Finds the data, and checks that it is as long as the header says. 0 with an
/// error set where it is not.
int64_t findData(const char *path, Bytes file, Header *header,
                 keel_error *error) {
  int64_t start = parseHeader(path, file, header, error);
  if (start == 0)
    return 0;
  if (widened(*header) < 0) {
    keel_fail(error, path,
              "elements of type '%c%lld' are not supported, convert the "
              "array to float32 or int32",
              header->kind, (long long)header->size);
    return 0;
  }
  int64_t bytes = header->size;
  for (int32_t i = 0; i < header->rank; ++i)
    if (!multiply(bytes, header->shape[i], &bytes))
      bytes = header->shape[i] == 0 ? 0 : INT64_MAX;
  if (bytes == file.size - start)
    return start;
  keel_fail(error, path,
            "the header's shape needs %lld bytes of data, the file has %lld",
            (long long)bytes, (long long)(file.size - start));
  return 0;
}

/// Whether the elements stand in the file as they do in memory.
bool isPlain(const Header &header) {
  return !header.bigEndian && (!header.fortran || header.rank < 2) &&
         header.size == keel_dtype_size(widened(header)) &&
         header.kind != 'b' && !(header.kind == 'u' && header.size == 8);
}

} // namespace

int keel_npy_read(const char *path, keel_array *array, keel_error *error) {
  *array = {};
  Vec<char> file;
  if (keel_read_file(path, &file, error))
    return 1;
  Header header;
  int64_t start = findData(path, {file.data, file.size}, &header, error);
  if (start == 0)
    return 1;
  if (keel_array_create(array, widened(header), header.rank, header.shape,
                        error))
    return keel_fail(error, path, "the array does not fit into memory");
  const char *data = file.data + start;
  if (isPlain(header)) {
    memcpy(array->data, data, (size_t)array->bytes);
    return 0;
  }
  if (convert(array, header, data))
    return 0;
  keel_array_free(array);
  return keel_fail(error, path, "a uint64 element is larger than 2^63 - 1");
}

int keel_npy_map(const char *path, Mapping *mapping, keel_array *array,
                 keel_error *error) {
  *array = {};
  if (keel_mapping_open(path, mapping, error))
    return 1;
  Header header;
  int64_t start = findData(path, {(const char *)mapping->data, mapping->size},
                           &header, error);
  if (start != 0 && mapping->size > start && isPlain(header) &&
      start % header.size == 0) {
    array->dtype = widened(header);
    array->rank = header.rank;
    memcpy(array->shape, header.shape, sizeof(header.shape));
    array->data = (char *)mapping->data + start;
    array->bytes = mapping->size - start;
    return 0;
  }
  keel_mapping_free(mapping);
  return start == 0;
}

int keel_npy_write(const char *path, const keel_array *array,
                   keel_error *error) {
  static const char *const descr[] = {"<f4", "<f8", "<i4", "<i8", "|u1", "|b1"};
  char header[512];
  int length = snprintf(header, sizeof(header),
                        "{'descr': '%s', 'fortran_order': False, 'shape': (",
                        descr[array->dtype]);
  for (int32_t i = 0; i < array->rank; ++i)
    length +=
        snprintf(header + length, sizeof(header) - (size_t)length,
                 i + 1 < array->rank || array->rank == 1 ? "%lld, " : "%lld",
                 (long long)array->shape[i]);
  length += snprintf(header + length, sizeof(header) - (size_t)length, "), }");
  // The data starts at a multiple of 64, after a newline.
  while ((10 + length + 1) % 64 != 0)
    header[length++] = ' ';
  header[length++] = '\n';
  OutputFile file;
  if (keel_output_open(&file, path, error))
    return 1;
  const unsigned char start[10] = {0x93,
                                   'N',
                                   'U',
                                   'M',
                                   'P',
                                   'Y',
                                   1,
                                   0,
                                   (unsigned char)length,
                                   (unsigned char)(length >> 8)};
  fwrite(start, 1, sizeof(start), file.stream);
  fwrite(header, 1, (size_t)length, file.stream);
  fwrite(array->data, 1, (size_t)array->bytes, file.stream);
  return keel_output_commit(&file, error);
}
