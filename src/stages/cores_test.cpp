#include "stages/cores.h"

#include <ATen/Parallel.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sched.h>

#include <thread>

#include "base/error.h"
#include "stages/thread_scope.h"

namespace clipmill {
namespace {

using testing::ElementsAre;

TEST(Cores, ListsAndRanges) {
  EXPECT_THAT(parse_cores(""), testing::IsEmpty());
  EXPECT_THAT(parse_cores("5"), ElementsAre(5));
  EXPECT_THAT(parse_cores("0-3,6"), ElementsAre(0, 1, 2, 3, 6));
  EXPECT_THAT(parse_cores("2,0-0"), ElementsAre(2, 0));
}

TEST(Cores, AnythingElseIsRefused) {
  for (const char* list : {"a", "1-", "-1", "3-1", "1,,2", "1;2", "0x1", "99999999999", "4096"})
    EXPECT_THROW(parse_cores(list), Error) << list;
}

int first_usable_core() {
  cpu_set_t ours;
  ::sched_getaffinity(0, sizeof ours, &ours);
  int core = 0;
  while (!CPU_ISSET(core, &ours)) ++core;
  return core;
}

TEST(Cores, OneThatIsNotThereIsNamed) {
  EXPECT_NO_THROW(check_usable({first_usable_core()}));
  try {
    check_usable({first_usable_core(), CPU_SETSIZE - 1});
    FAIL() << "core 1023 was found";
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), testing::HasSubstr(std::to_string(CPU_SETSIZE - 1)));
  }
}

TEST(Cores, ThreadsOfAPinnedThreadStayThere) {
  const int core = first_usable_core();
  cpu_set_t inherited;
  std::thread([&] {
    pin_this_thread({core});
    std::thread([&] { ::sched_getaffinity(0, sizeof inherited, &inherited); }).join();
  }).join();
  EXPECT_EQ(CPU_COUNT(&inherited), 1);
  EXPECT_TRUE(CPU_ISSET(core, &inherited));
}

/// torch keeps one count for all threads beside OpenMP's own of each: a lane must not take over its
/// neighbour's.
TEST(ThreadScope, IsTheThreadsOwn) {
  int counted = 0;
  std::thread([&] {
    const ThreadScope mine(3);
    std::thread([] {
      const ThreadScope others(2);
      at::randn({64, 64}).mm(at::randn({64, 64}));
    }).join();
    at::parallel_for(0, 1 << 20, 1, [](std::int64_t, std::int64_t) {});
    counted = at::get_num_threads();
  }).join();
  EXPECT_EQ(counted, 3);
}

TEST(ThreadScope, EndsWithItsScope) {
  const int before = at::get_num_threads();
  { const ThreadScope other(before + 1); }
  EXPECT_EQ(at::get_num_threads(), before);
}

}  // namespace
}  // namespace clipmill
