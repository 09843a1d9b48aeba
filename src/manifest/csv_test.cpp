#include "manifest/csv.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "core/job_generator.h"
#include "manifest/manifest_writer.h"

namespace clipmill {
namespace {

using Fields = std::vector<std::string>;

std::vector<CsvRecord> parsed(std::string_view text) {
  std::vector<Diagnostic> problems;
  auto records = parse_csv(text, problems);
  EXPECT_TRUE(problems.empty()) << problems[0].message;
  return records;
}

Diagnostic problem_of(std::string_view text) {
  std::vector<Diagnostic> problems;
  parse_csv(text, problems);
  EXPECT_EQ(problems.size(), 1u);
  return problems.empty() ? Diagnostic{} : problems[0];
}

TEST(Csv, SplitsAtCommasAndLineEnds) {
  const auto records = parsed("a,b\n1,\r\n,2");
  ASSERT_EQ(records.size(), 3u);
  EXPECT_EQ(records[0].fields, (Fields{"a", "b"}));
  EXPECT_EQ(records[1].fields, (Fields{"1", ""}));
  EXPECT_EQ(records[2].fields, (Fields{"", "2"}));
}

TEST(Csv, QuotedFieldsHoldAnything) {
  const auto records = parsed("\"a,\"\"b\"\"\",\"\"\r\n\"x\r\ny\n\",z\n");
  ASSERT_EQ(records.size(), 2u);
  EXPECT_EQ(records[0].fields, (Fields{"a,\"b\"", ""}));
  EXPECT_EQ(records[1].fields, (Fields{"x\r\ny\n", "z"}));
}

TEST(Csv, LinesAreWhereRecordsStart) {
  const auto records = parsed("a\n\n\"1\n2\"\n\r\nb\n");
  ASSERT_EQ(records.size(), 3u);
  EXPECT_EQ(records[0].line, 1);
  EXPECT_EQ(records[1].line, 3);
  EXPECT_EQ(records[2].line, 6);
}

TEST(Csv, NothingIsNoRecords) {
  EXPECT_TRUE(parsed("").empty());
  EXPECT_TRUE(parsed("\n\r\n").empty());
}

TEST(Csv, BrokenQuotesAreProblemsWithTheirLine) {
  EXPECT_EQ(problem_of("a\n\"b\nc").line, 2);
  EXPECT_THAT(problem_of("a\n\"b\nc").message, testing::HasSubstr("closing quote"));
  EXPECT_EQ(problem_of("a\nb\"c\"\n").line, 2);
  EXPECT_EQ(problem_of("\"a\"b\n").line, 1);
}

RC_GTEST_PROP(Csv, WhatIsQuotedComesBack, ()) {
  const auto row = rc::gen::nonEmpty(rc::gen::container<Fields>(test::text()));
  const auto rows = *rc::gen::resize(8, rc::gen::container<std::vector<Fields>>(row));
  std::string text;
  for (const Fields& row : rows) text += test::csv_row(row);
  std::vector<Diagnostic> problems;
  const auto records = parse_csv(text, problems);
  RC_ASSERT(problems.empty());
  RC_ASSERT(records.size() == rows.size());
  for (std::size_t i = 0; i < rows.size(); ++i) RC_ASSERT(records[i].fields == rows[i]);
}

}  // namespace
}  // namespace clipmill
