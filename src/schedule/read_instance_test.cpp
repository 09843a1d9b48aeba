#include "schedule/read_instance.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "schedule/testing/makespan_instances.h"

namespace clipmill::schedule {
namespace {

using testing::HasSubstr;

std::string message_of(std::string_view text) {
  try {
    parse_instance(text, "shots.txt");
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kInput);
    return error.what();
  }
  return "no error";
}

TEST(ReadInstance, TakesWholeNumbersDecimalsCommentsAndEmptyLines) {
  const Instance instance = parse_instance("2 2 48.5  # GB\r\n\n3 24\n  0.25\t1e1 \n");
  EXPECT_EQ(instance.machines, 2);
  EXPECT_EQ(instance.capacity, 48.5);
  ASSERT_EQ(instance.tasks.size(), 2u);
  EXPECT_EQ(instance.tasks[0].time, 3);
  EXPECT_EQ(instance.tasks[1].time, 0.25);
  EXPECT_EQ(instance.tasks[1].demand, 10);
}

TEST(ReadInstance, ReadsWhatItWrites) {
  for (const auto& kind : test::instance_classes()) {
    const Instance instance = test::make_instance(kind, 20, 3);
    EXPECT_EQ(to_text(parse_instance(to_text(instance))), to_text(instance)) << kind.name;
  }
}

TEST(ReadInstance, NamesFileLineAndWhatWasExpected) {
  EXPECT_EQ(message_of(""), "shots.txt: is empty; its first line must be \"machines jobs resource_total\"");
  EXPECT_EQ(message_of("2 1\n1 1\n"),
            "shots.txt: line 1: expected \"machines jobs resource_total\", not \"2 1\"");
  EXPECT_THAT(message_of("0 1 5\n1 1\n"), HasSubstr("line 1: expected"));
  EXPECT_THAT(message_of("2.5 1 5\n1 1\n"), HasSubstr("line 1: expected"));
  EXPECT_EQ(message_of("2 2 5\n1 1\nx 1\n"),
            "shots.txt: line 3: expected \"processing_time resource_demand\", not \"x 1\"");
  EXPECT_THAT(message_of("2 1 5\n1 1 1\n"), HasSubstr("line 2: expected"));
  EXPECT_THAT(message_of("2 1 5\n-1 1\n"), HasSubstr("line 2: expected"));
  EXPECT_THAT(message_of("2 1 5\nnan 1\n"), HasSubstr("line 2: expected"));
  EXPECT_THAT(message_of("2 1 5\n1 inf\n"), HasSubstr("line 2: expected"));
}

TEST(ReadInstance, NamesJobsThatDoNotFitAreMissingOrTooMany) {
  EXPECT_EQ(message_of("2 1 5\n1 6\n"), "shots.txt: line 2: job 1 demands 6, more than the total of 5");
  EXPECT_EQ(message_of("2 3 5\n1 1\n1 1\n"), "shots.txt: line 3: ends after 2 of 3 jobs");
  EXPECT_EQ(message_of("2 1 5\n1 1\n1 1\n"), "shots.txt: line 3: a job more than the 1 of the first line");
}

}  // namespace
}  // namespace clipmill::schedule
