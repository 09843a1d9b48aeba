#include "simulate/arrivals.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "simulate/draws.h"

namespace clipmill {
namespace {

constexpr double kMedianSeconds = 150, kSigma = 0.8;
constexpr std::array kSixths = {1, 2, 3, 4, 5};

int priority_of(double u) { return u <= 0.6 ? 1 : u <= 0.9 ? 2 : 4; }

SimulatedJob draw_job(const ArrivalOptions& options, Draws& draws) {
  SimulatedJob job;
  job.expected = std::clamp(kMedianSeconds * std::exp(kSigma * draws.normal()), 5.0, 5000.0);
  job.seconds = job.expected * std::exp(options.estimate_error * draws.normal());
  job.bytes = options.largest * kSixths[draws.below(kSixths.size())] / 6;
  job.priority = priority_of(draws.uniform());
  return job;
}

}  // namespace

Workload poisson_arrivals(const ArrivalOptions& options) {
  Draws draws(options.seed);
  Workload workload{{}, {""}};
  double area = 0;
  for (int i = 0; i < options.jobs; ++i) {
    workload.jobs.push_back(draw_job(options, draws));
    area += workload.jobs.back().seconds * static_cast<double>(workload.jobs.back().bytes);
  }
  const double mean_gap = area / options.jobs / (options.load * static_cast<double>(options.bytes));
  double now = 0;
  for (SimulatedJob& job : workload.jobs) job.submitted = now += mean_gap * draws.exponential();
  return workload;
}

Workload with_estimate_errors(Workload workload, double sigma, std::uint64_t seed) {
  Draws draws(split_mix(seed));
  for (SimulatedJob& job : workload.jobs) job.expected = job.seconds * std::exp(-sigma * draws.normal());
  return workload;
}

}  // namespace clipmill
