#include "base/process_info.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <vector>

namespace clipmill {
namespace {

TEST(ProcessInfo, TellsOfThisProcess) {
  char before[16];
  ::prctl(PR_GET_NAME, before);
  ::prctl(PR_SET_NAME, "a (b) c");
  const std::vector<char> held(std::size_t{32} << 20, 'x');
  const auto info = process_info(::getpid());
  ::prctl(PR_SET_NAME, before);
  ASSERT_TRUE(info);
  EXPECT_EQ(info->parent, ::getppid());
  EXPECT_EQ(info->name, "a (b) c");
  ASSERT_FALSE(info->arguments.empty());
  EXPECT_THAT(info->arguments[0], testing::HasSubstr("base_tests"));
  EXPECT_GE(info->anonymous_bytes, static_cast<std::int64_t>(held.size()));
}

TEST(ProcessInfo, ListsIt) {
  EXPECT_THAT(list_processes(), testing::Contains(testing::Field(&ProcessInfo::pid, ::getpid())));
  EXPECT_FALSE(process_info(1 << 30));
  EXPECT_TRUE(list_processes("/no such folder").empty());
}

}  // namespace
}  // namespace clipmill
