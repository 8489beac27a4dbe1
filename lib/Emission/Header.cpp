//===- Header.cpp - The C header of a compiled model ----------------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "keel/Emission/Artifact.h"
#include "keel/Runtime/Embedded.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/raw_ostream.h"

using namespace keel;
using llvm::StringRef;

namespace {

/// Writes one header. In its text `$` stands for the prefix, `@` for the same
/// in capitals.
class HeaderWriter {
public:
  HeaderWriter(const ArtifactInterface &interface,
               const ArtifactOptions &options, const CpuTarget &target)
      : interface(interface), options(options), target(target), os(text) {}

  std::string write();

private:
  using Argument = ArtifactInterface::Argument;

  void put(StringRef lines);
  void putIntroduction();
  void putSizes();
  void putSize(const Argument &argument, StringRef kind);
  void putStatus();
  void putContext();
  void putWeights();
  void putInference();
  void putTraining();
  void putFiles();
  /// `const float *image, float *logits, int64_t rows`
  std::string listArguments(const std::vector<Argument> &others,
                            bool areWritten) const;

  const ArtifactInterface &interface;
  const ArtifactOptions &options;
  const CpuTarget &target;
  std::string text;
  llvm::raw_string_ostream os;
};

} // namespace

static StringRef getTypeName(int32_t dtype) {
  switch (dtype) {
  case KEEL_F32:
    return "float";
  case KEEL_F64:
    return "double";
  case KEEL_I32:
    return "int32_t";
  case KEEL_I64:
    return "int64_t";
  default:
    return "uint8_t";
  }
}

/// Elements of a row, or of the whole tensor where that is what a call takes.
static int64_t countElements(const keel_tensor &tensor, bool isWhole) {
  int64_t count = 1;
  for (int32_t i = isWhole ? 0 : 1; i < tensor.rank; ++i)
    count *= tensor.shape[i];
  return count;
}

/// Names from outside may hold what ends a comment.
static std::string makeComment(StringRef text) {
  std::string result;
  for (char c : text)
    result += llvm::isPrint(c) && c != '*' && c != '\\' && c != '?' ? c : '_';
  return result;
}

void HeaderWriter::put(StringRef lines) {
  for (char c : lines) {
    if (c == '$')
      os << interface.prefix;
    else if (c == '@')
      os << interface.upper;
    else
      os << c;
  }
}

void HeaderWriter::putIntroduction() {
  os << "/* Model '" << makeComment(interface.model.name) << "', compiled by "
     << "Keel from " << makeComment(options.source) << ".\n   For "
     << target.triple;
  if (!target.cpu.empty())
    os << ", " << target.cpu;
  os << ". Do not edit.\n\n";
  put("   A context is one user of the model. Each thread has a context of "
      "its own;\n   one context serves one call at a time. There is no other "
      "state. Nothing\n   prints or starts a thread, and once a context is "
      "made");
  put(interface.constant || !interface.files ? " nothing"
      : interface.trains                     ? " only load and save"
                                             : " only load");
  put(" allocates\n   memory. Link with -lm. */\n\n");
  put("#ifndef @_H\n#define @_H\n\n#include <stddef.h>\n#include "
      "<stdint.h>\n\n#ifdef __cplusplus\nextern \"C\" {\n#endif\n\n");
}

void HeaderWriter::putSize(const Argument &argument, StringRef kind) {
  const keel_tensor &tensor = *argument.tensor;
  bool isWhole = interface.fixedRows != 0;
  os << "/* " << kind << " '" << makeComment(tensor.name)
     << "': " << getTypeName(tensor.dtype) << " [";
  for (int32_t i = 0; i < tensor.rank; ++i) {
    os << (i ? "][" : "");
    if (tensor.shape[i] < 0)
      os << "rows";
    else
      os << tensor.shape[i];
  }
  os << "], row-major";
  int32_t index = int32_t(&tensor - interface.model.labels);
  bool isLabel = kind == "Label";
  int64_t classes = isLabel ? interface.model.label_classes[index] : 0;
  if (classes > 0)
    os << ": classes from 0 to " << classes - 1;
  os << " */\n#define " << interface.upper << '_'
     << StringRef(argument.name).upper() << (isWhole ? "_SIZE " : "_ROW_SIZE ")
     << countElements(tensor, isWhole) << " /* elements"
     << (isWhole ? "" : " of a row") << " */\n";
  if (classes > 0)
    os << "#define " << interface.upper << '_'
       << StringRef(argument.name).upper() << "_CLASSES " << classes << '\n';
}

void HeaderWriter::putSizes() {
  for (const Argument &input : interface.inputs)
    putSize(input, "Input");
  for (const Argument &output : interface.outputs)
    putSize(output, "Output");
  if (interface.trains)
    for (const Argument &label : interface.labels)
      putSize(label, "Label");
  if (!interface.fixedRows) {
    put(interface.trains
            ? "\n/* The most rows of a training step. Other calls take any "
              "number and work on\n   this many at a time. */\n"
            : "\n/* Calls take any number of rows and work on this many at a "
              "time. */\n");
    put("#define @_MAX_ROWS ");
    os << interface.model.max_rows << '\n';
    if (interface.trains && interface.model.min_train_rows > 1) {
      put("/* The fewest rows of a training step: batch normalization takes "
          "their variance. */\n#define @_MIN_TRAIN_ROWS ");
      os << interface.model.min_train_rows << '\n';
    }
  }
  put("\n/* The memory of a context. */\n#define @_CONTEXT_BYTES ");
  os << interface.contextBytes;
  put("\n#define @_CONTEXT_ALIGNMENT ");
  os << KEEL_ARENA_ALIGNMENT << "\n\n";
}

void HeaderWriter::putStatus() {
  put(R"(typedef enum $_status {
  @_OK = 0,
  @_ERROR_ARGUMENT = 1,   /* a null pointer; memory too small or unaligned */
  @_ERROR_ROWS = 2,       /* a number of rows that the call does not take */
  @_ERROR_NO_WEIGHTS = 3, /* the context has no weights yet */
)");
  if (interface.trains)
    put(R"(  @_ERROR_LABEL = 4,      /* a label out of its range; nothing was done */
  @_ERROR_NONFINITE = 5,  /* the model stops at values that are not finite */
)");
  put("  @_ERROR_MEMORY = 6,     /* out of memory */\n"
      "  @_ERROR_FILE = 7        /* a file that cannot be read or written, or "
      "is not\n                            of this model: $_message says "
      "more */\n} $_status;\n\n"
      "/* What a status means, in a few words. */\n"
      "const char *$_status_text($_status status);\n\n");
}

void HeaderWriter::putContext() {
  put(R"(typedef struct $_context $_context;

/* Makes a context in `memory` of `bytes` bytes, at least @_CONTEXT_BYTES
   at a multiple of @_CONTEXT_ALIGNMENT, which stays the caller's. Where
   `memory` is null it is allocated. */
$_status $_create(void *memory, size_t bytes,
    $_context **context);

/* Frees what create allocated. Null is allowed. */
void $_destroy($_context *context);

/* More about the last error of a call with this context; empty at first. */
const char *$_message(const $_context *context);

/* Work on the half-open range [begin, end). */
typedef void (*$_body)(void *closure, int64_t begin, int64_t end);

/* Calls `body` on disjoint ranges that cover [begin, end), on any threads, and
   returns when all are done. A thread needs 1 MiB of stack. */
typedef void (*$_parallel_for)(void *user, $_body body,
    void *closure, int64_t begin, int64_t end);

/* Runs loops by the caller's threads; null, as at first, on the thread that
   calls. Results are the same bits. */
void $_set_parallel_for($_context *context,
    $_parallel_for parallel_for, void *user);

)");
}

std::string HeaderWriter::listArguments(const std::vector<Argument> &others,
                                        bool areWritten) const {
  std::string list;
  for (const Argument &input : interface.inputs)
    list += ",\n    const " + getTypeName(input.tensor->dtype).str() + " *" +
            input.name;
  for (const Argument &other : others)
    list += (areWritten ? ",\n    " : ",\n    const ") +
            getTypeName(other.tensor->dtype).str() + " *" + other.name;
  if (!interface.fixedRows)
    list += ",\n    int64_t rows";
  return list;
}

void HeaderWriter::putInference() {
  put("/* Computes the outputs. No pointer needs more alignment than its "
      "type's. */\n$_status $_infer($_context *context");
  os << listArguments(interface.outputs, /*areWritten=*/true) << ");\n\n";
}

void HeaderWriter::putTraining() {
  put(R"(/* Draws initial weights from `seed`, as keel train --seed does, and goes back to
   step 0. */
$_status $_init($_context *context, int64_t seed);

/* What a step did. */
typedef struct $_step {
  double loss;          /* the mean over the rows, before the update */
  double gradient_norm; /* of all gradients, before clipping; NaN where the
                           step does not need it */
  int64_t step;         /* steps done, this one included */
  int32_t clipped;      /* 1: clipping changed a gradient */
  int32_t skipped;      /* 1: a gradient was not finite, nothing was updated */
} $_step;

/* One step of the model's optimizer on a batch. `result` may be null. */
$_status $_train_step($_context *context)");
  os << listArguments(interface.labels, /*areWritten=*/false);
  put(",\n    $_step *result);\n\n");
  put(R"(typedef struct $_evaluation {
  double loss;         /* the mean over the rows, as inference computes them */
  double accuracy;     /* correct / predictions; NaN where there is none */
  int64_t correct;     /* predictions that are right */
  int64_t predictions; /* 0 for regression */
} $_evaluation;

/* Measures the loss and how many predictions are right. */
$_status $_evaluate($_context *context)");
  os << listArguments(interface.labels, /*areWritten=*/false);
  put(",\n    $_evaluation *result);\n\n");
}

void HeaderWriter::putWeights() {
  if (interface.constant) {
    if (interface.hasWeights)
      put("/* The weights are inside. */\n\n");
    return;
  }
  if (interface.hasWeights)
    put("/* A context starts with the weights that are inside. */\n\n");
  if (!interface.trains)
    put(R"(/* Makes `context` compute with the weights of `owner`, which keeps its own and
   must outlive it: several threads, one copy of the weights. */
$_status $_share($_context *context,
    const $_context *owner);

)");
}

void HeaderWriter::putFiles() {
  if (interface.constant)
    return;
  if (!interface.files) {
    put("/* Files are not read or written on this target. */\n\n");
    return;
  }
  put(interface.trains
          ? R"(/* Reads weights, as keel train and save write them: a safetensors file that has
   every parameter and state of the model by name, type and shape. Where it also
   has what save keeps of a training, step and optimizer, that goes on; else
   training starts at step 0 from the weights. */
)"
          : R"(/* Reads weights, as keel train writes them: a safetensors file that has every
   parameter and state of the model by name, type and shape. */
)");
  put(R"($_status $_load($_context *context, const char *path);

/* The same of a file's bytes in memory, which are not needed afterwards. */
$_status $_load_memory($_context *context,
    const void *bytes, size_t size);

)");
  if (interface.trains)
    put(R"(/* Writes parameters, states and the optimizer's slots, a file for load and for
   keel's --weights. It is written beside `path`, synced and renamed: a file
   that was there is replaced whole or not at all. */
$_status $_save($_context *context, const char *path);

)");
}

std::string HeaderWriter::write() {
  putIntroduction();
  putSizes();
  putStatus();
  putContext();
  putWeights();
  putFiles();
  putInference();
  if (interface.trains)
    putTraining();
  put("/* The model's table, for programs on Keel's runtime: "
      "keel/Runtime/Model.h. */\nextern const struct keel_model $_model;\n\n"
      "#ifdef __cplusplus\n}\n#endif\n\n#endif /* @_H */\n");
  return text;
}

std::string keel::writeHeader(const ArtifactInterface &interface,
                              const ArtifactOptions &options,
                              const CpuTarget &target) {
  return HeaderWriter(interface, options, target).write();
}
