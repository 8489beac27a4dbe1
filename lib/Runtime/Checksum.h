//===- Checksum.h - Checksums of the tensors in a file --------------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef KEEL_LIB_RUNTIME_CHECKSUM_H
#define KEEL_LIB_RUNTIME_CHECKSUM_H

#include "keel/Runtime/Safetensors.h"

/// In the metadata: a JSON object from a tensor's name to eight digits.
#define KEEL_CHECKSUMS "tensor_crc32"

extern "C" {

/// The CRC-32 of zlib, gzip and PNG.
uint32_t keel_crc32(const void *data, int64_t size);

/// Appends the object for these tensors.
void keel_append_checksums(keel_text *text, const keel_stored_tensor *tensors,
                           int64_t num_tensors);

/// Compares what an open file's metadata has with its tensors, sorted by name.
/// A tensor without a checksum, and one without a tensor, are no error.
int keel_check_checksums(const char *path, const keel_safetensors *file,
                         keel_error *error);

} // extern "C"

#endif // KEEL_LIB_RUNTIME_CHECKSUM_H
