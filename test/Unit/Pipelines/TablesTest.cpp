//===- TablesTest.cpp - The documentation shows the tables of the code ----===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "keel/Pipelines/ExtensionPoints.h"
#include "keel/Pipelines/Stages.h"
#include "gtest/gtest.h"
#include <fstream>
#include <sstream>

using namespace keel;

/// The rows of the table behind `header` in a page, without those of the
/// header itself.
static std::string readTable(const std::string &page,
                             const std::string &header) {
  std::ifstream file(KEEL_SOURCE_DIR "/docs/" + page);
  EXPECT_TRUE(file) << page;
  std::string line, rows;
  while (std::getline(file, line) && line != header)
    ;
  EXPECT_TRUE(file) << page << " has no table " << header;
  std::getline(file, line); // |---|---|
  while (std::getline(file, line) && line.starts_with("|"))
    rows += line + "\n";
  return rows;
}

TEST(Tables, ExtensionPoints) {
  std::string expected;
  for (const ExtensionPointInfo &info : getExtensionPoints())
    expected += ("| `" + info.name + "` | " + info.guarantee + " |\n").str();
  EXPECT_EQ(readTable("Pipelines.md", "| point | what holds |"), expected);
}

TEST(Tables, Stages) {
  std::string expected;
  for (const StageInfo &info : getStages()) {
    expected += ("| `" + info.name + "` | " + info.guarantee + " | ").str();
    for (llvm::StringRef dialect : info.dialects)
      expected +=
          (dialect == info.dialects.front() ? "" : ", ") + dialect.str();
    expected += " |\n";
  }
  std::string rows =
      readTable("Architecture.md", "| stage | what holds | dialects |");
  // The page sets names of the code in quotes.
  std::erase(rows, '`');
  std::erase(expected, '`');
  EXPECT_EQ(rows, expected);
}
