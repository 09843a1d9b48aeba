#include "train/batch_search.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <nlohmann/json.hpp>

namespace clipmill {
namespace {

/// A device on which `fits` clips fit, each taking `seconds`.
struct FakeDevice {
  std::int64_t fits;
  double seconds;
  std::vector<std::int64_t> tried = {};

  ProbeBatch probe() {
    return [this](std::int64_t size) {
      tried.push_back(size);
      return BatchProbe{size, size <= fits, 1000 + 100 * size, seconds * static_cast<double>(size)};
    };
  }
};

RC_GTEST_PROP(BatchSearch, FindsWhatEndsItFirst, ()) {
  FakeDevice device{*rc::gen::inRange<std::int64_t>(0, 300), 0.01};
  const auto patience = *rc::gen::inRange<std::int64_t>(2, 300),
             most = *rc::gen::inRange<std::int64_t>(1, 300);
  const FoundBatch found =
      search_batch(device.probe(), {most, 0, 0.01 * (static_cast<double>(patience) + 0.5)});
  const std::int64_t expected = std::min({device.fits, patience, most});
  RC_ASSERT(found.size.largest == expected);
  const BatchLimit limit = expected == most          ? BatchLimit::kLargest
                           : expected == device.fits ? BatchLimit::kMemory
                                                     : BatchLimit::kTime;
  RC_ASSERT(found.limit == limit || (device.fits == patience && found.limit == BatchLimit::kTime));
  for (const std::int64_t size : device.tried) RC_ASSERT(size <= std::max<std::int64_t>(2, patience));
  RC_ASSERT(found.size.probes.size() == device.tried.size());
}

TEST(BatchSearch, OneOrTwoAreTriedHoweverLongTheyTake) {
  FakeDevice device{100, 60};
  const FoundBatch found = search_batch(device.probe(), {100, 0, 1});
  EXPECT_EQ(found.size.largest, 2);
  EXPECT_EQ(found.limit, BatchLimit::kTime);
  EXPECT_EQ(device.tried, (std::vector<std::int64_t>{2}));
}

TEST(BatchSearch, AsJson) {
  FakeDevice device{5, 0.5};
  const auto json = to_json(search_batch(device.probe(), {100, 1550, 30}));
  EXPECT_EQ(json["largest"], 5);
  EXPECT_EQ(json["limited_by"], "memory");
  EXPECT_DOUBLE_EQ(json["fixed_bytes"].get<double>(), 1000);
  EXPECT_DOUBLE_EQ(json["bytes_per_clip"].get<double>(), 100);
  EXPECT_EQ(json["probes"].size(), device.tried.size());
  EXPECT_DOUBLE_EQ(json["probes"][0]["clips_per_second"].get<double>(), 2);
  for (const auto& probe : json["probes"]) EXPECT_EQ(probe.contains("peak_bytes"), probe["fits"].get<bool>());
}

}  // namespace
}  // namespace clipmill
