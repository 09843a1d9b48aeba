// What a lane tells of memory that its jobs left.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "base/atomic_file.h"
#include "base/units.h"
#include "link/messages.h"
#include "link/testing/linked.h"
#include "stages/clip_runner.h"
#include "stages/lane.h"
#include "stages/testing/small_clip.h"
#include "vram/memory_scope.h"

namespace clipmill {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::IsEmpty;

class LaneLeaks : public testing::Test {
 protected:
  ~LaneLeaks() override { fs::remove_all(folder_); }

  /// What is told of the leaks of each job, in turn.
  std::vector<std::string> leaks_of(const JobRunner& runner, const std::vector<JobSpec>& jobs) {
    Lane lane(*device_, {.threads = 1}, {{JobKind::kClip, runner}}, clock_, *link_.worker);
    std::vector<std::string> leaks;
    for (const JobSpec& job : jobs) {
      const auto id = static_cast<AttemptId>(leaks.size()) + 1;
      lane.give(Attempt{id, id, "cpu:0", job});
      leaks.push_back(next_leak());
    }
    return leaks;
  }

  JobSpec job(const std::string& model) const {
    return test::small_clip(model, folder_, /*frames=*/5, /*steps=*/1, /*guidance=*/5);
  }

 private:
  /// Of the job at work; empty where there is none.
  std::string next_leak() {
    std::string leak;
    for (;;) {
      const auto message = link::decode_from_worker(link_.main->receive().value());
      const auto* event = std::get_if<Event>(&message);
      if (!event) continue;
      if (const auto* found = std::get_if<LeakFound>(&event->what))
        leak += format_bytes(found->bytes) + " " + found->text;
      const bool over =
          std::holds_alternative<JobFinished>(event->what) || std::holds_alternative<JobFailed>(event->what);
      if (over) return leak;
    }
  }

 protected:
  const fs::path folder_ = fs::temp_directory_path() / ("clipmill-lane-leaks-" + std::to_string(::getpid()));
  const std::unique_ptr<Device> device_ = open_device("cpu:0");
  const SystemClock clock_;
  const test::Linked link_ = test::linked();
};

/// Under a plan that keeps components, too.
TEST_F(LaneLeaks, WeightsThatNobodyKeepsAreTold) {
  std::vector<at::Tensor> forgotten;
  const auto forgets = [&](const JobSpec& job, const WorkContext&) {
    const MemoryScope scope(MemoryCategory::kModel, "an old transformer");
    forgotten.push_back(at::empty({1 << 16}));
    write_file(job.output, "a clip");
  };
  const auto leaks = leaks_of(forgets, {job("wan21"), job("wan21"), job("wan21")});
  EXPECT_THAT(leaks, testing::Each(testing::AllOf(HasSubstr(" KiB model"), HasSubstr("an old transformer"))));
}

TEST_F(LaneLeaks, OfTheFirstOfAKindIntermediatesAreWhatLibrariesKeep) {
  std::vector<at::Tensor> scratch;
  const auto keeps = [&](const JobSpec& job, const WorkContext&) {
    const MemoryScope scope("scratch");
    scratch.push_back(at::empty({1 << 16}));
    write_file(job.output, "a clip");
  };
  JobSpec longer = job("wan21");
  longer.clip.prompt += ", and more";
  const auto leaks = leaks_of(keeps, {job("wan21"), job("wan21"), longer, longer});
  EXPECT_THAT(leaks, testing::ElementsAre(IsEmpty(), HasSubstr("scratch"), IsEmpty(), HasSubstr("scratch")));
}

TEST_F(LaneLeaks, EachPlaceIsToldForItself) {
  std::vector<at::Tensor> forgotten;
  const auto forgets = [&](const JobSpec& job, const WorkContext&) {
    for (int i = 0; i < 20; ++i) {
      const MemoryScope scope(MemoryCategory::kData, "place " + std::to_string(i));
      forgotten.push_back(at::empty({1 << (10 + i / 2)}, at::kByte));
    }
    write_file(job.output, "a clip");
  };
  const auto leaks = leaks_of(forgets, {job("wan21")});
  EXPECT_THAT(leaks[0], HasSubstr(" KiB data of lane 1 in place 19"));
  EXPECT_THAT(leaks[0], testing::AllOf(HasSubstr("in place 4"), testing::Not(HasSubstr("in place 3")),
                                       HasSubstr(" KiB at other places")));
}

TEST_F(LaneLeaks, AJobThatFailedLeavesNothingEither) {
  std::vector<at::Tensor> forgotten;
  const auto fails = [&](const JobSpec&, const WorkContext&) {
    const MemoryScope scope(MemoryCategory::kData, "noise");
    forgotten.push_back(at::empty({1 << 16}));
    throw Error(ErrorKind::kInput, "as asked");
  };
  EXPECT_THAT(leaks_of(fails, {job("wan21")}), testing::ElementsAre(HasSubstr("noise")));
}

/// As threads of a library may, which know no scope.
TEST_F(LaneLeaks, WhatNobodysThreadsLeaveIsTheJobsThatWasAlone) {
  std::vector<at::Tensor> forgotten;
  const auto in_a_thread = [&](const JobSpec& job, const WorkContext&) {
    std::thread([&] { forgotten.push_back(at::empty({1 << 16})); }).join();
    write_file(job.output, "a clip");
  };
  const auto leaks = leaks_of(in_a_thread, {job("wan21"), job("wan21")});
  EXPECT_THAT(leaks, testing::ElementsAre(IsEmpty(), HasSubstr("nobody")));
}

/// Also where one of them fails, and what it had loaded stays.
TEST_F(LaneLeaks, ModelsThatComeAndGoAreNone) {
  ClipRunner clips;
  JobSpec broken = job("wan21");
  broken.init_latents = "/nowhere";
  const auto leaks = leaks_of(
      [&](const JobSpec& job, const WorkContext& work) { clips.run(job, work); },
      {job("wan21"), job("two_transformers"), job("wan21"), broken, job("two_transformers"), job("wan21")});
  EXPECT_THAT(leaks, testing::Each(IsEmpty()));
}

}  // namespace
}  // namespace clipmill
