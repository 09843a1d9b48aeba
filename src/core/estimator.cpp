#include "core/estimator.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace clipmill {
namespace {

/// The largest of n exchangeable residuals is exceeded by the next with probability 1/(n+1): from here on in
/// at most one of a hundred.
constexpr std::size_t kTrusted = 99;
constexpr double kRiskMargin = 1.1;
/// On bytes of which nothing was measured: the analytic model leaves out workspaces and fragments.
constexpr double kGuessMargin = 1.5;
/// On a CPU the analytic model is held to what its allocator counts, and clips of one shape take the same
/// bytes: measured or not, so much is enough, and a measurement takes no plan away from a clip. What is more
/// is found by the attempt, which goes on under a smaller plan.
constexpr double kMarginOnCpu = 1.02;

constexpr std::array kMeasured = {Basis::kSame, Basis::kModel, Basis::kDevice, Basis::kStage};

std::string kind_of(const std::string& device) { return device.substr(0, device.find(':')); }

/// What measurements of `key` have in common with others under `basis`.
StageKey generalised(Basis basis, const StageKey& key) {
  switch (basis) {
    case Basis::kModel:
      return {key.model, kind_of(key.device), key.plan, key.stage};
    case Basis::kDevice:
      return {"", key.device, key.plan, key.stage};
    case Basis::kStage:
      return {"", kind_of(key.device), "", key.stage};
    default:
      return key;
  }
}

bool on_cpu(const StageKey& key) { return key.stage != Stage::kCommand && kind_of(key.device) == "cpu"; }

/// Work a second where nothing was measured: orders of magnitude, so that a first plan is not absurd.
double guessed_rate(const StageKey& key) {
  switch (key.stage) {
    case Stage::kLoad:
      return 5e8;
    case Stage::kRender:
    case Stage::kEncodeVideo:
      return 3e7;
    default:
      return kind_of(key.device) == "cuda" ? 1e14 : 5e10;
  }
}

std::int64_t whole_bytes(double bytes) {
  return static_cast<std::int64_t>(std::ceil(std::min(bytes, 0x1p62)));
}

double finite(double value) { return value >= 0 ? std::min(value, 1e30) : 0; }

StageEstimate guess(const StageKey& key, const StageWork& work) {
  const double seconds = work.amount / guessed_rate(key);
  const double margin = on_cpu(key) ? kMarginOnCpu : kGuessMargin;
  return {.seconds = seconds,
          .seconds_p90 = 3 * seconds,
          .bytes = whole_bytes(work.bytes),
          .reservation = whole_bytes(margin * work.bytes)};
}

bool same_model(Basis basis) { return basis == Basis::kSame || basis == Basis::kModel; }

double reservation(const Regression& bytes, Basis basis, const StageKey& key, double work_bytes) {
  const bool risky = basis != Basis::kSame || bytes.size() < kTrusted || work_bytes > bytes.largest_x();
  if (!risky) return bytes.upper(work_bytes);
  return bytes.upper(work_bytes) * (on_cpu(key) ? kMarginOnCpu : kRiskMargin);
}

}  // namespace

std::string_view to_string(Basis basis) {
  constexpr std::array<std::string_view, 5> kNames = {"same", "model", "device", "stage", "none"};
  return kNames[static_cast<std::size_t>(basis)];
}

void Estimator::add(const Measurement& measurement) {
  soften_floors(measurement);
  for (const Basis basis : kMeasured) {
    const Regression line(basis == Basis::kDevice || basis == Basis::kStage);
    History& history =
        histories_.try_emplace({basis, generalised(basis, measurement.key)}, History{line, line})
            .first->second;
    history.seconds.add(measurement.work.amount, measurement.seconds);
    history.bytes.add(measurement.work.bytes, static_cast<double>(measurement.peak_bytes));
  }
}

void Estimator::add(const OutOfMemory& failure) {
  const Floor floor{finite(failure.work.bytes), finite(static_cast<double>(failure.reserved))};
  std::vector<Floor>& floors = floors_[generalised(Basis::kModel, failure.key)];
  std::erase_if(floors, [&](const Floor& other) {
    return other.work_bytes >= floor.work_bytes && other.failed <= floor.failed;
  });
  floors.push_back(floor);
}

void Estimator::soften_floors(const Measurement& measurement) {
  const auto floors = floors_.find(generalised(Basis::kModel, measurement.key));
  if (floors == floors_.end()) return;
  for (Floor& floor : floors->second) floor.ran_since |= floor.work_bytes <= measurement.work.bytes;
}

double Estimator::floor_of(const StageKey& key, const StageWork& work) const {
  double most = 0;
  const auto floors = floors_.find(generalised(Basis::kModel, key));
  if (floors == floors_.end()) return most;
  for (const Floor& floor : floors->second) {
    if (floor.work_bytes <= work.bytes)
      most =
          std::max(most, floor.ran_since ? kRiskMargin * floor.failed + 1 : std::max(2 * floor.failed, 1.0));
  }
  return most;
}

StageEstimate Estimator::estimate(const StageKey& key, const StageWork& asked) const {
  const StageWork work{finite(asked.amount), finite(asked.bytes)};
  StageEstimate estimate = guess(key, work);
  for (const Basis basis : kMeasured) {
    const auto found = histories_.find({basis, generalised(basis, key)});
    if (found == histories_.end() || found->second.seconds.size() == 0) continue;
    const auto& [seconds, bytes] = found->second;
    const StageEstimate guessed = estimate;
    estimate = {.basis = basis,
                .measurements = seconds.size(),
                .seconds = seconds.quantile(work.amount, 0.5),
                .seconds_p90 = seconds.quantile(work.amount, 0.9),
                .bytes = whole_bytes(bytes.at(work.bytes)),
                .reservation = whole_bytes(reservation(bytes, basis, key, work.bytes))};
    if (on_cpu(key) && !same_model(basis))
      estimate.bytes = guessed.bytes, estimate.reservation = guessed.reservation;
    break;
  }
  estimate.reservation = std::max(estimate.reservation, whole_bytes(floor_of(key, work)));
  return estimate;
}

}  // namespace clipmill
