//===- CsvCells.h - Splitting a CSV file into cells -----------------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef KEEL_LIB_RUNTIME_CSVCELLS_H
#define KEEL_LIB_RUNTIME_CSVCELLS_H

#include "Support.h"

namespace keel {

/// One field, in the file's memory, quotes undone.
struct Cell {
  const char *text, *end;
  int64_t line, column;

  bool number(double *value) const {
    return keel_parse_number(text, end, value);
  }
};

/// A cursor over a CSV file's text; unescapes in place.
struct CellReader {
  const char *path;
  char *p, *end;
  int64_t line = 1;
  char *lineStart;

  CellReader(const char *path, char *text, int64_t size)
      : path(path), p(text), end(text + size), lineStart(text) {
    if (size >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0)
      p = lineStart = text + 3;
  }

  /// Reads the next row that is not blank; an empty row at the end of the
  /// file.
  int row(Vec<Cell> *cells, keel_error *error) {
    cells->size = 0;
    while (p < end && atLineEnd())
      newline();
    if (p == end)
      return 0;
    while (true) {
      Cell cell = {p, p, line, p - lineStart + 1};
      if (*p == '"') {
        if (quoted(&cell, error))
          return 1;
      } else {
        while (p < end && *p != ',' && *p != '\n')
          ++p;
        cell.end = p;
        trim(&cell);
      }
      if (!cells->push(cell))
        return keel_fail_memory(error, path, cells->size * 32);
      if (p == end)
        return 0;
      if (*p == '\n') {
        newline();
        return 0;
      }
      ++p; // the comma; a cell follows even at the end
      if (p == end) {
        Cell last = {p, p, line, p - lineStart + 1};
        return cells->push(last) ? 0 : keel_fail_memory(error, path, 32);
      }
    }
  }

private:
  bool atLineEnd() const {
    return *p == '\n' || (*p == '\r' && (p + 1 == end || p[1] == '\n'));
  }
  void newline() {
    if (*p == '\r')
      ++p;
    if (p < end)
      ++p;
    ++line;
    lineStart = p;
  }
  static void trim(Cell *cell) {
    auto blank = [](char c) { return c == ' ' || c == '\t' || c == '\r'; };
    while (cell->text < cell->end && blank(*cell->text))
      ++cell->text;
    while (cell->text < cell->end && blank(cell->end[-1]))
      --cell->end;
  }

  int quoted(Cell *cell, keel_error *error) {
    char *to = ++p;
    cell->text = to;
    while (true) {
      if (p == end)
        return keel_fail_at(error, path, cell->line, cell->column,
                            "a quoted field does not end");
      if (*p == '"') {
        if (p + 1 == end || p[1] != '"')
          break;
        ++p;
      } else if (*p == '\n') {
        ++line;
        lineStart = p + 1;
      }
      *to++ = *p++;
    }
    cell->end = to;
    ++p;
    while (p < end && (*p == ' ' || *p == '\t' || *p == '\r'))
      ++p;
    if (p < end && *p != ',' && *p != '\n')
      return keel_fail_at(error, path, line, p - lineStart + 1,
                          "expected a comma after a quoted field");
    // A number's text must not run into what the unescaping left behind.
    *to = '\0';
    return 0;
  }
};

} // namespace keel

#endif // KEEL_LIB_RUNTIME_CSVCELLS_H
