// Power cuts, kills, full disks and jumping clocks, at every operation of a workload and at random ones.
// CLIPMILL_SEED=N repeats one seed; CLIPMILL_CUTS=N sets how often the power fails at random,
// CLIPMILL_WORKLOADS=N in how many workloads it fails at every operation.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>
#include <cstdlib>

#include "base/atomic_file.h"
#include "base/error.h"
#include "mount.h"
#include "store/sqlite_store.h"
#include "studio.h"

namespace clipmill {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

constexpr int kCutsPerSeed = 20;

int number_from(const char* name, int otherwise) {
  const char* text = std::getenv(name);
  return text ? std::atoi(text) : otherwise;
}

/// What is left of the disk after a crash: of the computer, or of the program alone.
void restart(Studio& studio) {
  if (studio.random()() % 4 == 0) {
    studio.disk().heal();
  } else {
    studio.disk().reboot(studio.random());
  }
  studio.check();
}

/// Until all is done. Returns how often the power was cut.
int run_with_cuts(Studio& studio, int cuts) {
  for (int cut = 0; cut < cuts && studio.problems().empty(); ++cut) {
    const int most = studio.random()() % 4 == 0 ? 20 : 300;  // often right after the start
    studio.disk().cut_power_at(studio.disk().operations() + static_cast<int>(studio.random()()) % most);
    if (studio.live()) return cut;
    restart(studio);
  }
  studio.disk().heal();
  studio.live();
  studio.check();
  return cuts;
}

class PowerLoss : public testing::Test {
 protected:
  /// Whether all went well; tells how to repeat it where it did not.
  static bool well(const Studio& studio, unsigned seed, const std::string& what) {
    EXPECT_THAT(studio.problems(), IsEmpty()) << what << "; to repeat it: CLIPMILL_SEED=" << seed;
    return studio.problems().empty();
  }
};

TEST_F(PowerLoss, AtRandomMomentsLosesNothingAndMakesNothingTwice) {
  const int wanted = number_from("CLIPMILL_CUTS", 600);
  int cuts = 0, made = 0;
  unsigned seed = static_cast<unsigned>(number_from("CLIPMILL_SEED", 1));
  for (bool go_on = true; go_on && cuts < wanted; ++seed) {
    Studio studio(
        {.seed = seed, .clips = 10, .actions = 60, .two_parts = seed % 3 == 0, .clock_jumps = seed % 2 == 0});
    cuts += run_with_cuts(studio, kCutsPerSeed);
    made += studio.made();
    go_on = well(studio, seed, "random cuts") && !std::getenv("CLIPMILL_SEED");
  }
  RecordProperty("cuts", cuts);
  fmt::print("{} cuts, {} clips made\n", cuts, made);
}

/// The operations of a workload that nothing disturbs.
std::int64_t operations_of(const StudioOptions& options) {
  Studio studio(options);
  EXPECT_TRUE(studio.live());
  studio.check();
  EXPECT_THAT(studio.problems(), IsEmpty());
  return studio.disk().operations();
}

TEST_F(PowerLoss, AtEveryOperationLosesNothingAndMakesNothingTwice) {
  std::int64_t cuts = 0;
  const auto first = static_cast<unsigned>(number_from("CLIPMILL_SEED", 2));
  const auto last = first + static_cast<unsigned>(number_from("CLIPMILL_WORKLOADS", 1));
  for (unsigned seed = first; seed < last; ++seed) {
    const StudioOptions options{.seed = seed, .clips = 5, .actions = 14, .two_parts = seed % 2 == 0};
    const std::int64_t operations = operations_of(options);
    for (std::int64_t cut = 0; cut < operations; ++cut) {
      Studio studio(options);
      studio.disk().cut_power_at(cut);
      if (studio.live()) break;
      ++cuts;
      restart(studio);
      studio.live();
      studio.check();
      if (!well(studio, seed, fmt::format("cut at operation {} of {}", cut, operations))) return;
    }
  }
  RecordProperty("cuts", static_cast<int>(cuts));
  fmt::print("{} cuts\n", cuts);
}

TEST_F(PowerLoss, AFullDiskIsAClearErrorAndLosesNothing) {
  int errors = 0;
  const StudioOptions options{.seed = 4, .clips = 5, .actions = 14, .remake_allowed = true};
  const std::int64_t operations = operations_of(options);
  for (std::int64_t first = 0; first < operations; ++first) {
    Studio studio(options);
    studio.disk().refuse(first, first + 1 + first % 30, ENOSPC);
    for (int life = 0; life < 100; ++life) {
      try {
        if (studio.live()) break;
      } catch (const Error& error) {
        ++errors;
        EXPECT_EQ(error.kind(), ErrorKind::kIo);
        EXPECT_THAT(error.what(), testing::AnyOf(HasSubstr("full"), HasSubstr("space")));
      }
    }
    studio.disk().heal();
    studio.check();
    if (!well(studio, options.seed, fmt::format("full from operation {} of {}", first, operations))) return;
  }
  EXPECT_GT(errors, 0);
}

/// A worker dies at its `death`-th call, the store looks whether its work is done, and then the power fails.
void die_and_reboot(int death, unsigned seed) {
  SimulatedDisk disk([] { return 1e9; });
  const Mount mount(disk);
  JobSpec spec;
  spec.output = "/simulated/clips/a.mp4";
  disk.make_folder(kSimulated);
  disk.sync(SimulatedDisk::kRoot);
  bool done = false;
  {
    SqliteStore store("/simulated/jobs.db");
    const Attempt attempt = store.begin_attempt(store.submit({&spec, 1}).at(0), "cpu:0");
    disk.refuse(disk.operations() + death, SimulatedDisk::kForever, EIO);
    EXPECT_ANY_THROW(write_file(spec.output, "clip"));
    disk.heal();
    store.finish(attempt.id, JobFailed{ErrorKind::kWorker, "it died", ""}, JobState::kWaiting);
    done = store.find(attempt.job)->state == JobState::kDone;
  }
  std::mt19937 random(seed);
  disk.reboot(random);
  const Job job = SqliteStore("/simulated/jobs.db").jobs().at(0);
  EXPECT_EQ(job.state, done ? JobState::kDone : JobState::kWaiting);
  if (done) {
    EXPECT_EQ(disk.content(spec.output), "clip") << "death " << death << ", seed " << seed;
  }
}

TEST_F(PowerLoss, WorkThatWasFoundDoneStaysDone) {
  constexpr int kLastCall =
      7;  // two folders' names, the file, its bytes, their sync, its name, the folder's sync
  for (int death = 0; death < kLastCall; ++death) {
    for (unsigned seed = 0; seed < 10; ++seed) die_and_reboot(death, seed);
  }
}

}  // namespace
}  // namespace clipmill
