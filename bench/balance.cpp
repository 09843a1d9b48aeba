// Balance: 8 devices of two speeds, 500 jobs of skewed length that arrive over time, wrong estimates, one
// device lost half-way. bench_balance [SEEDS]. The load of a device is when it ends its last job; the largest
// is told relative to the earliest end that anybody could reach who knew times, arrivals and the loss
// beforehand (simulate/load_bound.h). The aim: at most 1.05. The guide's greedy rule stands beside it, at
// start (the scheduler's least-loaded) and as it is often built: a queue for each device, chosen on arrival.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <utility>

#include "simulate/arrivals.h"
#include "simulate/draws.h"
#include "simulate/load_bound.h"
#include "simulate/simulation.h"

namespace clipmill {
namespace {

constexpr int kJobs = 500, kLost = 0;  // a quick one
constexpr double kMedianSeconds = 100, kSkew = 1.0, kEstimateError = 0.3;
constexpr double kArrivalShare = 0.6;  // of the time that the work takes: a queue builds up

std::vector<DeviceSpec> two_speeds() {
  std::vector<DeviceSpec> devices;
  for (int i = 0; i < 8; ++i) devices.push_back({fmt::format("{}", i), 1, i < 4 ? 2.0 : 1.0, 1});
  return devices;
}

double speed_of(const std::vector<DeviceSpec>& devices) {
  double sum = 0;
  for (const DeviceSpec& device : devices) sum += device.speed;
  return sum;
}

Workload stream(std::uint64_t seed, double speed) {
  Draws draws(seed);
  Workload workload{{}, {""}};
  double work = 0, now = 0;
  for (int i = 0; i < kJobs; ++i) {
    const double seconds = kMedianSeconds * std::exp(kSkew * draws.normal());
    workload.jobs.push_back({.seconds = seconds, .bytes = 1, .priority = 1});
    work += seconds;
  }
  const double gap = kArrivalShare * work / speed / kJobs;
  for (SimulatedJob& job : workload.jobs) job.submitted = now += gap * draws.exponential();
  return with_estimate_errors(std::move(workload), kEstimateError, seed);
}

/// Largest and smallest load of the devices that were not lost.
struct Loads {
  double largest = 0, smallest = kNever;
};

Loads loads_of(const Simulation& simulation, std::size_t devices) {
  std::vector<double> ends(devices);
  for (const SimulatedRun& run : simulation.runs) {
    double& end = ends[static_cast<std::size_t>(run.device)];
    end = std::max(end, run.ended);
  }
  Loads loads;
  for (std::size_t device = 0; device < devices; ++device) {
    if (device == kLost) continue;
    loads.largest = std::max(loads.largest, ends[device]);
    loads.smallest = std::min(loads.smallest, ends[device]);
  }
  return loads;
}

/// Queues for each device: on arrival a job joins the least load, the sum of expected seconds (whatever the
/// speed); what a lost device has not finished joins the others then.
double queues_by_load(const Workload& workload, const std::vector<DeviceSpec>& devices, double lost_at) {
  std::vector<double> load(devices.size()), free_at(devices.size());
  const auto join = [&](const SimulatedJob& job, double now) {
    const std::size_t first = now >= lost_at ? kLost + 1 : 0;
    const auto chosen = static_cast<std::size_t>(
        std::min_element(load.begin() + static_cast<std::ptrdiff_t>(first), load.end()) - load.begin());
    const double end = std::max(free_at[chosen], now) + job.seconds / devices[chosen].speed;
    load[chosen] += job.expected;
    free_at[chosen] = end;
    return chosen != kLost || end <= lost_at;
  };
  std::vector<SimulatedJob> stranded;
  for (const SimulatedJob& job : workload.jobs) {
    if (job.submitted >= lost_at) {
      for (const SimulatedJob& again : std::exchange(stranded, {})) join(again, lost_at);
    }
    if (!join(job, job.submitted)) stranded.push_back(job);
  }
  for (const SimulatedJob& again : stranded) join(again, lost_at);
  free_at[kLost] = 0;
  return std::ranges::max(free_at);
}

struct Case {
  const char* name;
  const Policy* policy;  ///< none: queues_by_load()
  Balance balance;
  double checkpoint_share;
};

const Case kCases[] = {
    {"makespan, finish-time, checkpoints", &kMakespan, Balance::kFinishTime, 0.1},
    {"makespan, finish-time", &kMakespan, Balance::kFinishTime, 0},
    {"makespan, least-loaded (the guide)", &kMakespan, Balance::kLeastLoaded, 0},
    {"fifo, finish-time", &kFifo, Balance::kFinishTime, 0},
    {"fifo, least-loaded (the guide)", &kFifo, Balance::kLeastLoaded, 0},
    {"a queue for each device (the guide)", nullptr, Balance::kLeastLoaded, 0},
};

void measure(const Case& each, int seeds) {
  const std::vector<DeviceSpec> devices = two_speeds();
  double sum = 0, worst = 0, spread = 0;
  for (int seed = 1; seed <= seeds; ++seed) {
    const Workload workload = stream(static_cast<std::uint64_t>(seed), speed_of(devices));
    const double half_way = ready_at_best(workload, devices, {}) / 2;
    SimulationOptions options{.devices = devices, .scheduler = {.balance = each.balance}, .fleet = {}};
    options.fleet.outages.planned = {{.device = kLost, .from = half_way}};
    options.fleet.checkpoint_share = each.checkpoint_share;
    const Loads loads = each.policy ? loads_of(simulate(workload, *each.policy, options), devices.size())
                                    : Loads{queues_by_load(workload, devices, half_way), kNever};
    const double ratio = loads.largest / ready_at_best(workload, devices, options.fleet.outages.planned);
    sum += ratio, worst = std::max(worst, ratio), spread += loads.smallest / loads.largest;
  }
  const std::string evenness = each.policy ? fmt::format("{:.3f}", spread / seeds) : "-";
  fmt::print("{:<38}{:>10.4f}{:>10.4f}{:>14}\n", each.name, sum / seeds, worst, evenness);
}

}  // namespace
}  // namespace clipmill

int main(int argc, char** argv) {
  const int seeds = argc > 1 ? std::max(1, std::atoi(argv[1])) : 20;
  fmt::print("largest load by the clairvoyant lower bound, {} seeds\n{:<38}{:>10}{:>10}{:>14}\n", seeds, "",
             "mean", "worst", "least/most");
  for (const clipmill::Case& each : clipmill::kCases) clipmill::measure(each, seeds);
}
