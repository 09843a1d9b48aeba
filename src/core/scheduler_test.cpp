#include "core/scheduler.h"

#include <fmt/format.h>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <map>
#include <queue>
#include <set>
#include <utility>

#include "base/error.h"

namespace clipmill {
namespace {

/// Devices and a queue under a policy, on a virtual clock; jobs take what they say, or another time.
class World {
 public:
  World(const Policy& policy, std::vector<DeviceSpec> devices, SchedulerOptions options = {})
      : scheduler_(policy, options, std::move(devices)) {}

  void add(const WaitingJob& job) {
    jobs_[job.id] = job;
    scheduler_.add(job, now_);
  }
  /// Starts all that can start.
  void settle() {
    while (const auto start = scheduler_.next(now_)) {
      started.emplace_back(start->job);
      at[start->job] = now_;
      where[start->job] = start->device;
      const WaitingJob& job = jobs_.at(start->job);
      const double speed = scheduler_.devices().specs()[static_cast<std::size_t>(start->device)].speed;
      ends_.emplace(now_ + actual(job) / speed, job.id);
      bytes_[start->device] += job.demand.bytes;
      lanes_[start->device] += 1;
      check();
    }
    if (const auto& kept = scheduler_.reservation(); kept && !promised.contains(kept->job))
      promised[kept->job] = kept->opening.at;
  }
  bool step() {
    if (ends_.empty()) return false;
    const auto [end, job] = ends_.top();
    ends_.pop();
    now_ = end;
    bytes_[where.at(job)] -= jobs_.at(job).demand.bytes;
    lanes_[where.at(job)] -= 1;
    scheduler_.ended(job);
    settle();
    return true;
  }
  void run() {
    settle();
    while (step()) continue;
  }
  void until(double now) {
    while (!ends_.empty() && ends_.top().first <= now) step();
    now_ = now;
  }

  std::function<double(const WaitingJob&)> actual = [](const WaitingJob& job) { return job.demand.seconds; };
  std::vector<JobId> started;
  std::map<JobId, double> at, promised;
  std::map<JobId, int> where;
  Scheduler& scheduler() { return scheduler_; }

 private:
  void check() {
    for (const auto& [device, bytes] : bytes_) {
      const DeviceSpec& spec = scheduler_.devices().specs()[static_cast<std::size_t>(device)];
      EXPECT_LE(bytes, spec.bytes) << "over-committed";
      EXPECT_LE(lanes_[device], spec.lanes);
    }
  }

  using End = std::pair<double, JobId>;
  Scheduler scheduler_;
  double now_ = 0;
  std::map<JobId, WaitingJob> jobs_;
  std::priority_queue<End, std::vector<End>, std::greater<>> ends_;
  std::map<int, std::int64_t> bytes_;
  std::map<int, int> lanes_;
};

WaitingJob job(JobId id, double seconds, std::int64_t bytes, int priority = 0) {
  return {.id = id, .priority = priority, .demand = {0, seconds, 0, bytes}};
}

std::vector<DeviceSpec> same_devices(int count, std::int64_t bytes, int lanes) {
  std::vector<DeviceSpec> specs;
  for (int i = 0; i < count; ++i) specs.push_back({fmt::format("cpu:{}", i), bytes, 1, lanes});
  return specs;
}

TEST(Scheduler, AdmitsWhatFitsAndLetsTheRestWait) {
  World world(kFifo, same_devices(1, 10, 8));
  world.add(job(1, 5, 6));
  world.add(job(2, 5, 6));
  world.settle();
  EXPECT_EQ(world.started, (std::vector<JobId>{1}));
  ASSERT_TRUE(world.scheduler().reservation());
  EXPECT_EQ(world.scheduler().reservation()->job, 2);
  EXPECT_EQ(world.scheduler().reservation()->opening.at, 5);
  world.run();
  EXPECT_EQ(world.at[2], 5);
}

TEST(Scheduler, BackfillsOnlyWhatDelaysNobody) {
  World world(kFifo, same_devices(1, 10, 8));
  world.add(job(1, 10, 6));  // runs
  world.add(job(2, 10, 8));  // first in the queue: it can start at 10
  world.add(job(3, 20, 4));  // fits now, but would still hold 4 at 10
  world.add(job(4, 10, 4));  // ends in time
  world.settle();
  EXPECT_EQ(world.started, (std::vector<JobId>{1, 4}));
  world.run();
  EXPECT_EQ(world.at[2], 10);
  EXPECT_EQ(world.at[3], 20);
}

TEST(Scheduler, TheGuidesRuleLetsAllWaitForTheFirst) {
  World world(kWeighted, same_devices(1, 10, 8));
  world.add(job(1, 100, 6));
  world.settle();
  world.add(job(2, 100, 6));  // weight 100/6
  world.add(job(3, 10, 4));   // weight 10/4: it would fit
  world.settle();
  EXPECT_EQ(world.started, (std::vector<JobId>{1}));
}

TEST(Scheduler, ADeviceThatHasTheModelIsWorthWaitingForWhileLoadingTakesLonger) {
  World world(kFifo, same_devices(2, 10, 1));
  WaitingJob first = job(1, 10, 5), again = job(2, 10, 5);
  first.demand.model = again.demand.model = 7;
  first.demand.load_seconds = again.demand.load_seconds = 30;
  world.add(first);
  world.settle();
  world.add(
      again);  // on the other device it would end after 40, here after 40, too, but without a second copy
  world.settle();
  EXPECT_EQ(world.started.size(), 2u) << "equal ends: now";
  World patient(kFifo, same_devices(2, 10, 1));
  again.demand.load_seconds = 50;
  first.demand.load_seconds = 5;
  patient.add(first);
  patient.settle();
  patient.add(again);
  patient.settle();
  EXPECT_EQ(patient.started, (std::vector<JobId>{1})) << "25 with the model that is there, 60 elsewhere";
}

WaitingJob of_model(JobId id, int model, double seconds, double load_seconds) {
  return {.id = id, .demand = {.model = model, .seconds = seconds, .load_seconds = load_seconds, .bytes = 1}};
}

/// Changes of model, the first one included.
int loads(const World& world, const std::function<int(JobId)>& model) {
  int loads = 0, before = -1;
  for (const JobId id : world.started) loads += std::exchange(before, model(id)) != model(id);
  return loads;
}

TEST(Scheduler, JobsOfTheResidentModelGoFirst) {
  for (const auto& [affinity, expected] : {std::pair{0.0, 40}, {4.0, 3}}) {
    World world(kFair, same_devices(1, 10, 1), {.affinity_loads = affinity});
    for (int id = 0; id < 40; ++id) world.add(of_model(id, id % 2, 10, 30));
    world.run();
    EXPECT_EQ(world.started.size(), 40u);
    EXPECT_EQ(loads(world, [](JobId id) { return static_cast<int>(id % 2); }), expected);
  }
}

TEST(Scheduler, NobodyGoesBeforeAMoreImportantJobOrOneWithADeadline) {
  for (const bool deadline : {false, true}) {
    World world(kFair, same_devices(1, 10, 1));
    world.add(of_model(1, 0, 10, 30));
    world.settle();
    WaitingJob urgent = of_model(2, 1, 10, 30);
    if (deadline) {
      urgent.deadline = 1000;
    } else {
      urgent.priority = 1;
    }
    world.add(of_model(3, 0, 10, 30));
    world.add(urgent);
    world.run();
    EXPECT_EQ(world.started, (std::vector<JobId>{1, 2, 3}));
  }
}

RC_GTEST_PROP(SchedulerProperty, ATurnIsDelayedByAFewLoadsAtMost, ()) {
  const double load = *rc::gen::inRange(1, 40);
  const int count = *rc::gen::inRange(2, 60);
  World world(kFifo, same_devices(1, 10, 1));
  std::map<JobId, WaitingJob> jobs;
  for (JobId id = 0; id < count; ++id) {
    jobs[id] = of_model(id, *rc::gen::inRange(0, 3), *rc::gen::inRange(1, 50), load);
    world.add(jobs[id]);
  }
  int resident = -1;
  world.actual = [&](const WaitingJob& job) {
    return job.demand.seconds + (std::exchange(resident, job.demand.model) != job.demand.model ? load : 0);
  };
  world.run();
  double all_before = 0;  // when all that came before it had started
  for (JobId id = 0; id < count; ++id) {
    double turn = world.at[id];
    for (JobId later = id + 1; later < count; ++later)
      if (world.at[later] >= all_before) turn = std::min(turn, world.at[later]);
    RC_ASSERT(world.at[id] <= turn + 4 * load);
    all_before = std::max(all_before, world.at[id]);
  }
}

TEST(Scheduler, RefreshMovesJobsAndAsksOnceForThoseAlike) {
  World world(kMakespan, same_devices(1, 10, 1));
  for (JobId id = 1; id <= 4; ++id) {
    WaitingJob some = job(id, 10 + static_cast<double>(id), 1);
    some.demand.like = id < 4 ? 7 : -1;
    world.add(some);
  }
  int asked = 0;
  world.scheduler().refresh(
      [&](const WaitingJob& waiting) {
        ++asked;
        Demand demand = waiting.demand;
        demand.seconds = waiting.demand.like == 7 ? 50 : 14.1;
        return demand;
      },
      0);
  EXPECT_EQ(asked, 2);
  EXPECT_EQ(world.scheduler().waiting(), 4u);
  EXPECT_EQ(world.scheduler().find(1)->demand.seconds, 50);
  EXPECT_EQ(world.scheduler().find(4)->demand.seconds, 14) << "next to nothing";
  EXPECT_EQ(world.scheduler().next(0)->demand.seconds, 50);
}

TEST(Scheduler, ALongJobWaitsForTheQuickDevice) {
  World world(kMakespan, {{"slow", 10, 1, 1}, {"quick", 10, 4, 1}});
  world.add(job(1, 40, 1));
  world.add(job(2, 40, 1));
  world.run();
  EXPECT_EQ(world.where[1], 1);
  EXPECT_EQ(world.where[2], 1) << "10 + 10 on the quick one, 40 on the slow one";
}

TEST(Scheduler, TheGreedyRuleLooksAtLoadsAlone) {
  World world(kFifo, {{"slow", 10, 1, 1}, {"quick", 10, 4, 1}}, {.balance = Balance::kLeastLoaded});
  for (const JobId id : {1, 2, 3}) world.add(job(id, 40, 1));
  world.run();
  EXPECT_EQ(world.where[1], 0) << "nothing is loaded yet: the first device";
  EXPECT_EQ(world.where[2], 1);
  EXPECT_EQ(world.where[3], 1) << "free again after 10, and less loaded";
}

TEST(Scheduler, OfFreeDevicesTheOneThatWorkedLeastIsNext) {
  World world(kFifo, same_devices(2, 10, 1), {.balance = Balance::kLeastLoaded});
  world.add(job(1, 50, 1));
  world.add(job(2, 20, 1));
  world.run();
  world.add(job(3, 5, 1));
  world.run();
  EXPECT_EQ(world.where[3], world.where[2]);
}

TEST(Scheduler, ABalanceIsFoundByName) {
  EXPECT_EQ(balance_from("least-loaded"), Balance::kLeastLoaded);
  EXPECT_EQ(balance_from("finish-time"), Balance::kFinishTime);
  EXPECT_THROW(balance_from("best"), Error);
}

TEST(Scheduler, ForeignMemoryIsNotGivenAway) {
  World world(kFifo, same_devices(1, 10, 8));
  world.scheduler().devices().set_foreign_bytes(0, 6);
  world.add(job(1, 5, 5));
  world.settle();
  EXPECT_TRUE(world.started.empty());
  EXPECT_FALSE(world.scheduler().reservation()) << "nobody knows when it will be free";
  world.scheduler().devices().set_foreign_bytes(0, 5);
  world.settle();
  EXPECT_EQ(world.started.size(), 1u);
}

TEST(Scheduler, ALostDeviceTakesNothing) {
  World world(kFair, same_devices(2, 10, 1));
  world.scheduler().devices().set_available(0, false);
  world.add(job(1, 5, 5));
  world.settle();
  EXPECT_EQ(world.where[1], 1);
}

TEST(Scheduler, ARemovedJobDoesNotStart) {
  World world(kFair, same_devices(1, 10, 1));
  world.add(job(1, 5, 5));
  world.add(job(2, 5, 5));
  world.scheduler().remove(1);
  world.scheduler().remove(99);
  world.run();
  EXPECT_EQ(world.started, (std::vector<JobId>{2}));
}

struct Instance {
  std::vector<DeviceSpec> devices;
  std::vector<WaitingJob> jobs;
};

Instance arbitrary_instance() {
  Instance instance;
  const int devices = *rc::gen::inRange(1, 5), jobs = *rc::gen::inRange(0, 60);
  for (int i = 0; i < devices; ++i)
    instance.devices.push_back({fmt::format("cpu:{}", i), *rc::gen::inRange(10, 20),
                                *rc::gen::element(1.0, 1.0, 2.5), *rc::gen::inRange(1, 5)});
  double now = 0;
  for (JobId id = 1; id <= jobs; ++id) {
    now += *rc::gen::inRange(0, 4);
    WaitingJob each = job(id, *rc::gen::inRange(1, 30), *rc::gen::inRange(1, 11), *rc::gen::inRange(0, 3));
    each.submitted = now;
    each.demand.model = *rc::gen::inRange(0, 3);
    each.demand.load_seconds = *rc::gen::element(0, 0, 5);
    instance.jobs.push_back(each);
  }
  return instance;
}

RC_GTEST_PROP(Scheduler, EveryJobRunsOnceUnderEveryPolicyAndNoDeviceIsOverCommitted, ()) {
  const Instance instance = arbitrary_instance();
  const Policy& policy =
      **rc::gen::elementOf(std::vector<const Policy*>(policies().begin(), policies().end()));
  const double error = *rc::gen::element(1.0, 0.3, 3.0);
  const SchedulerOptions options{.balance = *rc::gen::element(Balance::kFinishTime, Balance::kLeastLoaded)};
  World world(policy, instance.devices, options);
  world.actual = [&](const WaitingJob& each) { return each.demand.seconds * (each.id % 2 == 0 ? error : 1); };
  for (const WaitingJob& each : instance.jobs) {
    world.until(each.submitted);
    world.add(each);
    world.settle();
  }
  world.run();
  RC_ASSERT(world.started.size() == instance.jobs.size());
  RC_ASSERT(std::set(world.started.begin(), world.started.end()).size() == instance.jobs.size());
  RC_ASSERT(world.scheduler().waiting() == 0u);
}

/// What EASY promises, where times are as expected: nothing that is started later delays the first in the
/// queue.
RC_GTEST_PROP(Scheduler, AReservationIsKept, ()) {
  const Instance instance = arbitrary_instance();
  World world(kFifo, instance.devices);
  for (WaitingJob each : instance.jobs) {
    each.demand.load_seconds = 0;
    world.until(each.submitted);
    world.add(each);
    world.settle();
  }
  world.run();
  for (const auto& [id, promised] : world.promised) RC_ASSERT(world.at.at(id) <= promised + 1e-9);
}

RC_GTEST_PROP(Scheduler, OneLaneFollowsTheOrderOfThePolicy, (std::vector<int> priorities)) {
  World world(kFair, same_devices(1, 10, 1));
  std::vector<WaitingJob> expected;
  for (std::size_t i = 0; i < priorities.size(); ++i) {
    expected.push_back(job(static_cast<JobId>(i), 1, 1, std::abs(priorities[i] % 4)));
    world.add(expected.back());
  }
  world.run();
  std::ranges::stable_sort(expected, std::greater(), &WaitingJob::priority);
  // Waits are equal in a batch that came at once, so that the priority alone decides.
  for (std::size_t i = 0; i < expected.size(); ++i) RC_ASSERT(world.started[i] == expected[i].id);
}

}  // namespace
}  // namespace clipmill
