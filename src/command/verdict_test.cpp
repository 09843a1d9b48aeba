#include "command/verdict.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace clipmill {
namespace {

using testing::AllOf;
using testing::HasSubstr;

GuardReport exit_with(int code) { return {true, code << 8}; }

TEST(CommandVerdict, TellsKindsOfFailureApart) {
  EXPECT_EQ(failure_of(exit_with(1), "make", "").kind(), ErrorKind::kInput);
  EXPECT_EQ(failure_of(exit_with(75), "make", "").kind(), ErrorKind::kIo);
  EXPECT_EQ(failure_of({true, 9}, "make", "").kind(), ErrorKind::kWorker);
  EXPECT_EQ(failure_of({false, 2}, "make", "").kind(), ErrorKind::kInput);
  EXPECT_EQ(failure_of(exit_with(1), "make", "x\nRuntimeError: CUDA out of memory.").kind(),
            ErrorKind::kOutOfMemory);
}

TEST(CommandVerdict, NamesProgramStatusAndLastWords) {
  EXPECT_THAT(failure_of(exit_with(3), "make", "a\nb").what(),
              AllOf(HasSubstr("make: exit status 3"), HasSubstr("a\nb")));
  EXPECT_THAT(failure_of({true, 11}, "make", "").what(),
              AllOf(HasSubstr("signal 11 (Segmentation fault)"), HasSubstr("printed nothing")));
}

TEST(CommandVerdict, NamesUsedAndAllowed) {
  const Error error = over_budget(3ll << 30, 2ll << 30);
  EXPECT_EQ(error.kind(), ErrorKind::kOutOfMemory);
  EXPECT_THAT(error.what(), AllOf(HasSubstr("3.0 GiB"), HasSubstr("2.0 GiB")));
}

}  // namespace
}  // namespace clipmill
