#include "vram/memory_timeline.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

namespace clipmill {
namespace {

MemorySample sample(double seconds, std::int64_t bytes) { return {seconds, {{bytes, 0, 0}}}; }

TEST(MemoryTimeline, KeepsAllOfAFew) {
  MemoryTimeline timeline(5);
  const std::vector<MemorySample> all = {sample(5, 1), sample(5.1, 3), sample(5.2, 2)};
  for (const MemorySample& each : all) timeline.add(each);
  EXPECT_EQ(timeline.samples(), all);
}

TEST(MemoryTimeline, ThinsEvenly) {
  MemoryTimeline timeline(0);
  for (int i = 0; i < 10000; ++i) timeline.add(sample(i * 1e-3, i));
  const std::vector<MemorySample> kept = timeline.samples();
  EXPECT_GE(kept.size(), MemoryTimeline::kSlots / 2);
  for (std::size_t i = 1; i < kept.size(); ++i) EXPECT_LT(kept[i].seconds - kept[i - 1].seconds, 0.3);
}

/// Whatever the times: bounded, in order, with the highest and the last.
TEST(MemoryTimeline, ThinsManyAndKeepsPeaks) {
  rc::check([] {
    const auto steps = *rc::gen::container<std::vector<std::pair<int, int>>>(
        500, rc::gen::pair(rc::gen::inRange(0, 1000), rc::gen::inRange(0, 1 << 20)));
    MemoryTimeline timeline(0);
    double time = 0;
    std::int64_t highest = 0;
    MemorySample last;
    for (const auto& [wait, bytes] : steps) {
      time += wait * 1e-3;
      last = sample(time, bytes);
      timeline.add(last);
      highest = std::max<std::int64_t>(highest, bytes);
    }
    const std::vector<MemorySample> kept = timeline.samples();
    RC_ASSERT(kept.size() <= 2 * MemoryTimeline::kSlots);
    RC_ASSERT(std::ranges::is_sorted(kept, {}, &MemorySample::seconds));
    RC_ASSERT(kept.back() == last);
    RC_ASSERT(std::ranges::max(kept, {}, [](const MemorySample& s) {
                return s.bytes.total();
              }).bytes.total() == highest);
  });
}

}  // namespace
}  // namespace clipmill
