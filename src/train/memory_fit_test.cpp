// What is chosen for a run within its memory is kept, told and recorded; what does not fit is named.
#include "train/memory_fit.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <utility>

#include "base/atomic_file.h"
#include "train/budget_scope.h"
#include "train/phase_memory.h"
#include "train/test_training.h"

namespace clipmill {
namespace {

using testing::AllOf;
using testing::HasSubstr;

class MemoryFitTest : public testing::Test {
 protected:
  MemoryFit fit(std::int64_t memory) { return {memory, folder_.path(), work_}; }
  std::int64_t held() const { return device_->memory().current; }
  const FitPhase phase_{Stage::kTrainVae, "vae", "first"};

  TestFolder folder_;
  std::unique_ptr<Device> device_ = open_device("cpu");
  const WorkerSettings settings_;
  const SystemClock clock_;
  std::vector<std::string> notices_;
  const Report report_ = [this](EventPayload what) {
    if (const auto* notice = std::get_if<Notice>(&what)) notices_.push_back(notice->text);
  };
  StopFlag stop_;
  const WorkContext work_{*device_, settings_, clock_, report_, stop_};
};

TEST_F(MemoryFitTest, ABatchIsFoundOnceAndKeptWithWhatItWasFoundFor) {
  test::Training training;
  int runs = 0;
  const TrialSteps trials = training.vae->trials().checked([&] { ++runs; });
  const std::int64_t memory = held() + (40 << 20);
  MemoryFit first = fit(memory);
  const int batch = first.batch(phase_, trials, 8);
  EXPECT_GE(batch, 1);
  EXPECT_LE(batch, 8);
  EXPECT_EQ(first.record()["train_vae"]["batch"]["batch"], batch);
  EXPECT_THAT(notices_.at(0), HasSubstr(fmt::format("batch {} (the largest is 8", batch)));

  runs = 0;
  MemoryFit again = fit(memory);
  EXPECT_EQ(again.batch(phase_, trials, 100), batch) << "a resumed run goes on with the same";
  EXPECT_EQ(runs, 0);
  EXPECT_EQ(again.record()["train_vae"], first.record()["train_vae"]);
  for (const FitPhase& other : {FitPhase{phase_.stage, phase_.name, "another"},
                                FitPhase{phase_.stage, phase_.name, phase_.fingerprint, 2}}) {
    fit(memory).batch(other, trials, 2);
    EXPECT_GT(std::exchange(runs, 0), 0);
  }
}

/// The batch that a search under this budget finds: of 100 KiB and 1 MiB a clip.
SearchBatch search_within(std::int64_t& searches) {
  return [&searches](const BatchSearchLimits& limits) {
    ++searches;
    FoundBatch found;
    found.size.largest = std::min(limits.largest, (limits.budget - (100 << 10)) >> 20);
    found.size.fastest = found.size.largest;
    return found;
  };
}

TEST_F(MemoryFitTest, AnotherMemoryIsSearchedAnew) {
  std::int64_t searches = 0;
  const SearchBatch search = search_within(searches);
  EXPECT_EQ(fit(50 << 20).batch(phase_, search, 100), 49);
  EXPECT_EQ(fit(20 << 20).batch(phase_, search, 100), 19) << "less memory does not run into the old batch";
  EXPECT_EQ(fit(20 << 20).batch(phase_, search, 100), 19);
  EXPECT_EQ(searches, 2);
}

TEST_F(MemoryFitTest, ABatchThatRanOutOfMemoryIsNotFoundAgain) {
  std::int64_t searches = 0;
  const SearchBatch search = search_within(searches);
  for (const int batch : {4, 3, 2, 1, 1}) {
    EXPECT_EQ(fit(5 << 20).batch(phase_, search, 100), batch);
    fit(5 << 20).exceeded(phase_);
  }
  fit(5 << 20).exceeded(phase_);
  EXPECT_EQ(fit(5 << 20).batch(phase_, search, 100), 1);
  EXPECT_EQ(fit(9 << 20).batch(phase_, search, 100), 8) << "with more memory it is another question";
}

TEST_F(MemoryFitTest, ATornFileIsNoAnswer) {
  test::Training training;
  write_file(folder_.path() / "batch-vae.json", "{\"asked\": {\"phase\": \"first\", \"se");
  EXPECT_GE(fit(0).batch(phase_, training.vae->trials(), 2), 1);
}

TEST_F(MemoryFitTest, NamesThePhaseTheBudgetAndTheRemedies) {
  test::Training training;
  const std::int64_t memory = held() + 4096;
  const BudgetScope cap(*device_, memory);
  try {
    fit(memory).batch(phase_, training.vae->trials(), 8);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kOutOfMemory);
    EXPECT_THAT(error.what(), AllOf(HasSubstr("train_vae: "), HasSubstr("of memory it was given")));
    EXPECT_THAT(error.hint(), HasSubstr("accumulate"));
  }
}

TEST_F(MemoryFitTest, SegmentsThatDoNotFitAreToldWithTheirPeaks) {
  test::Training training;
  const std::int64_t memory = held() + 4096;
  const BudgetScope cap(*device_, memory);
  try {
    fit(memory).segments(*training.transformer, 8);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kOutOfMemory);
    EXPECT_THAT(error.what(), HasSubstr("a step of 8 clips"));
  }
}

TEST(WithinMemory, NamesTheStepAndTheLastSavedState) {
  Phase phase{Stage::kTrainTransformer, "transformer", "", 9, {}, {}, {}, {}};
  phase.step = [](int step) -> StepResult {
    if (step == 5) at::empty({std::int64_t{1} << 40});
    return {};
  };
  phase.state = [] { return Parameters::Named(); };
  phase.load = [](const Parameters::Named&, int) {};
  const auto device = open_device("cpu");
  const BudgetScope cap(*device, std::int64_t{1} << 30);
  const Phase guarded = within_memory(phase, std::int64_t{1} << 30);
  const auto error = [&]() -> std::string {
    try {
      guarded.step(5);
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kOutOfMemory);
      EXPECT_THAT(error.hint(), HasSubstr("segments = \"auto\""));
      return error.what();
    }
    return "no error";
  };
  EXPECT_EQ(
      error(),
      "train_transformer: step 6 did not fit the 1.0 GiB of memory it was given; nothing was saved before");
  guarded.step(3);
  guarded.state();
  guarded.step(4);
  EXPECT_THAT(error(), HasSubstr("; the state after step 4 is kept"));
}

}  // namespace
}  // namespace clipmill
