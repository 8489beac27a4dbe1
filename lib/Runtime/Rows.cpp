//===- Rows.cpp - From arrays to rows as a model takes them ---------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Rows.h"

#include <math.h>

using namespace keel;

int64_t keel_row_elements(const keel_tensor *tensor) {
  int64_t elements = 1;
  for (int32_t i = 1; i < tensor->rank; ++i)
    elements *= tensor->shape[i];
  return elements;
}

namespace {

/// What stops a conversion, at element `index`.
enum class Fault { None, NotFinite, TooLarge, NotInteger };

template <typename To, typename From>
Fault convert(const void *from, void *to, int64_t count, double divisor,
              int64_t *index) {
  const From *source = (const From *)from;
  To *target = (To *)to;
  for (int64_t i = 0; i < count; ++i) {
    *index = i;
    if constexpr (To(0.5) != To(0)) { // to a float
      To value = divisor == 1.0 ? (To)source[i] : (To)source[i] / (To)divisor;
      if (!__builtin_isfinite(value))
        return __builtin_isfinite((double)source[i]) ? Fault::TooLarge
                                                     : Fault::NotFinite;
      target[i] = value;
    } else {
      double value = (double)source[i];
      if (!__builtin_isfinite(value))
        return Fault::NotFinite;
      if (value != floor(value))
        return Fault::NotInteger;
      double limit = sizeof(To) == 8   ? 0x1p63
                     : sizeof(To) == 4 ? 0x1p31
                                       : 256.0;
      double least = sizeof(To) == 1 ? 0.0 : -limit;
      if (value < least || value >= limit)
        return Fault::TooLarge;
      target[i] = (To)source[i];
    }
  }
  return Fault::None;
}

template <typename To>
Fault convertTo(const keel_array *array, void *to, double divisor,
                int64_t *index) {
  int64_t count = keel_array_elements(array);
  switch (array->dtype) {
  case KEEL_F32:
    return convert<To, float>(array->data, to, count, divisor, index);
  case KEEL_F64:
    return convert<To, double>(array->data, to, count, divisor, index);
  case KEEL_I32:
    return convert<To, int32_t>(array->data, to, count, divisor, index);
  case KEEL_I64:
    return convert<To, int64_t>(array->data, to, count, divisor, index);
  default:
    return convert<To, uint8_t>(array->data, to, count, divisor, index);
  }
}

Fault findNoBool(const uint8_t *values, int64_t count, int64_t *index) {
  for (*index = 0; *index < count; ++*index)
    if (values[*index] > 1)
      return Fault::TooLarge;
  return Fault::None;
}

template <typename T>
Fault findNotFinite(const void *data, int64_t count, int64_t *index) {
  const T *values = (const T *)data;
  for (*index = 0; *index < count; ++*index)
    if (!__builtin_isfinite(values[*index]))
      return Fault::NotFinite;
  return Fault::None;
}

/// The same of elements that are mapped.
template <typename T>
Fault findNotFiniteMapped(const void *data, int64_t count, int64_t *index) {
  constexpr int64_t part = (int64_t(64) << 20) / (int64_t)sizeof(T);
  for (int64_t begin = 0; begin < count; begin += part) {
    const T *values = (const T *)data + begin;
    int64_t size = minimum(part, count - begin);
    Fault fault = findNotFinite<T>(values, size, index);
    keel_mapping_forget(values, size * (int64_t)sizeof(T));
    *index += begin;
    if (fault != Fault::None)
      return fault;
  }
  return Fault::None;
}

int failAt(const Source &source, int64_t row, keel_error *error,
           const char *text) {
  if (source.lines)
    return keel_fail_at(error, source.path, source.lines[row],
                        source.columns ? source.columns[row] : 1, "%s", text);
  return keel_fail(error, source.path, "row %lld (from 0): %s", (long long)row,
                   text);
}

int failConversion(Fault fault, const keel_array *array, int64_t index,
                   int64_t elements, int32_t dtype, const Source &source,
                   keel_error *error) {
  char text[256];
  double value = keel_array_element(array, index);
  const char *what = fault == Fault::NotFinite    ? "is not finite"
                     : fault == Fault::NotInteger ? "is no integer"
                                                  : "is too large";
  snprintf(text, sizeof(text), "the value %g in column %lld %s%s%s", value,
           (long long)(index % elements), what,
           fault == Fault::NotFinite ? "" : " for ",
           fault == Fault::NotFinite ? ", remove or replace such rows"
                                     : keel_dtype_name(dtype));
  return failAt(source, index / elements, error, text);
}

int failShape(const keel_array *array, const keel_tensor *tensor,
              const Source &source, keel_error *error) {
  char has[200] = "[rows";
  for (int32_t i = 1; i < array->rank; ++i)
    snprintf(has + strlen(has), sizeof(has) - strlen(has), ", %lld",
             (long long)array->shape[i]);
  char wants[200] = "[rows";
  for (int32_t i = 1; i < tensor->rank && i < KEEL_MAX_RANK; ++i)
    snprintf(wants + strlen(wants), sizeof(wants) - strlen(wants), ", %lld",
             (long long)tensor->shape[i]);
  return keel_fail(error, source.path,
                   "has the shape %s], '%s' takes %s]: %lld elements a row are "
                   "expected",
                   has, tensor->name, wants,
                   (long long)keel_row_elements(tensor));
}

} // namespace

int keel_convert_elements(const keel_array *array, int32_t dtype,
                          int64_t elements, const Source *source, void *to,
                          keel_error *error) {
  double divisor = source->bytesAreFractions && array->dtype == KEEL_U8 &&
                           (dtype == KEEL_F32 || dtype == KEEL_F64)
                       ? 255.0
                       : 1.0;
  int64_t index = 0;
  Fault fault;
  switch (dtype) {
  case KEEL_F32:
    fault = convertTo<float>(array, to, divisor, &index);
    break;
  case KEEL_F64:
    fault = convertTo<double>(array, to, divisor, &index);
    break;
  case KEEL_I32:
    fault = convertTo<int32_t>(array, to, divisor, &index);
    break;
  case KEEL_I64:
    fault = convertTo<int64_t>(array, to, divisor, &index);
    break;
  default:
    fault = convertTo<uint8_t>(array, to, divisor, &index);
    break;
  }
  if (fault == Fault::None && dtype == KEEL_BOOL)
    fault = findNoBool((const uint8_t *)to, keel_array_elements(array), &index);
  if (fault == Fault::None)
    return 0;
  return failConversion(fault, array, index, elements, dtype, *source, error);
}

/// The array's elements are of the rows' type: they are checked and stay.
static int takeMapping(const keel_array *array, const Source &source,
                       keel_rows *rows, keel_error *error) {
  int64_t index = 0, count = keel_array_elements(array);
  Fault fault = Fault::None;
  if (array->dtype == KEEL_F32)
    fault = findNotFiniteMapped<float>(array->data, count, &index);
  else if (array->dtype == KEEL_F64)
    fault = findNotFiniteMapped<double>(array->data, count, &index);
  if (fault != Fault::None)
    return failConversion(fault, array, index, rows->elements, array->dtype,
                          source, error);
  rows->data = array->data;
  rows->mapping = source.mapping->data;
  rows->mapping_bytes = source.mapping->size;
  *source.mapping = {};
  return 0;
}

void keel_rows_free(keel_rows *rows) {
  Mapping mapping = {rows->mapping, rows->mapping_bytes};
  if (mapping.data)
    keel_mapping_free(&mapping);
  else
    free(rows->data);
  *rows = {};
}

int keel_rows_from_array(const keel_array *array, const keel_tensor *tensor,
                         const Source *source, keel_rows *rows,
                         keel_error *error) {
  if (array->rank == 0 || array->shape[0] == 0)
    return keel_fail(error, source->path, "has no rows");
  int64_t elements = keel_row_elements(tensor), count = array->shape[0];
  if (keel_array_elements(array) != count * elements || elements == 0)
    return failShape(array, tensor, *source, error);
  *rows = {};
  rows->dtype = tensor->dtype;
  rows->elements = elements;
  rows->row_bytes = elements * keel_dtype_size(tensor->dtype);
  if (source->mapping && source->mapping->data && array->dtype == tensor->dtype)
    return takeMapping(array, *source, rows, error);
  int64_t bytes;
  if (!multiply(rows->row_bytes, count, &bytes) ||
      !(rows->data = keel_allocate(bytes)))
    return keel_fail(error, source->path, "the rows do not fit into memory");
  if (!keel_convert_elements(array, tensor->dtype, elements, source, rows->data,
                             error))
    return 0;
  free(rows->data);
  rows->data = nullptr;
  return 1;
}

int keel_rows_check_classes(const keel_rows *rows, int64_t count,
                            int64_t classes, const Source *source,
                            keel_error *error) {
  for (int64_t i = 0; i < count * rows->elements; ++i) {
    int64_t value = rows->dtype == KEEL_I32   ? ((int32_t *)rows->data)[i]
                    : rows->dtype == KEEL_I64 ? ((int64_t *)rows->data)[i]
                                              : ((uint8_t *)rows->data)[i];
    if (value >= 0 && value < classes)
      continue;
    char text[256];
    snprintf(text, sizeof(text),
             "the class %lld is not in [0, %lld): number the classes from 0, "
             "or give the model an output for each",
             (long long)value, (long long)classes);
    return failAt(*source, i / rows->elements, error, text);
  }
  return 0;
}

int keel_rows_check_probabilities(const keel_rows *rows, int64_t count,
                                  const Source *source, keel_error *error) {
  for (int64_t i = 0; i < count * rows->elements; ++i) {
    double value = rows->dtype == KEEL_F32 ? (double)((float *)rows->data)[i]
                                           : ((double *)rows->data)[i];
    if (value >= 0.0 && value <= 1.0)
      continue;
    char text[256];
    snprintf(text, sizeof(text),
             "the target %g is not in [0, 1], as those of "
             "sigmoid_cross_entropy are",
             value);
    return failAt(*source, i / rows->elements, error, text);
  }
  return 0;
}
