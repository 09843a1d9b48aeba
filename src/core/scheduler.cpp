#include "core/scheduler.h"

#include <algorithm>
#include <cmath>
#include <queue>
#include <vector>

#include "base/error.h"

namespace clipmill {
namespace {

/// So many jobs are tried for a gap before a reservation, the most urgent first.
constexpr int kTries = 64;

/// Clips that wait for a decode lane, for each of these lanes; where there are more, decoding is behind and
/// nothing starts that would wait there too.
constexpr std::size_t kMostBegun = 2;

/// In so many seconds what was once a long wait counts half.
constexpr double kHalfLife = 86'400;

bool differs(double before, double now) {
  constexpr double kShare = 0.05;
  return std::abs(now - before) > kShare * std::max(std::abs(before), std::abs(now));
}

bool differs(const Demand& before, const Demand& now) {
  return before.part != now.part || before.model != now.model || before.plan != now.plan ||
         before.guessed != now.guessed || differs(before.seconds, now.seconds) ||
         differs(before.load_seconds, now.load_seconds) ||
         differs(static_cast<double>(before.bytes), static_cast<double>(now.bytes));
}

}  // namespace

Balance balance_from(std::string_view name) {
  if (name == "finish-time") return Balance::kFinishTime;
  if (name == "least-loaded") return Balance::kLeastLoaded;
  throw Error(ErrorKind::kInput, fmt::format("there is no balance \"{}\"", name),
              "finish-time or least-loaded");
}

Scheduler::Scheduler(const Policy& policy, const SchedulerOptions& options, std::vector<DeviceSpec> devices)
    : policy_(policy),
      balance_(options.balance),
      affinity_loads_(options.affinity_loads),
      devices_(std::move(devices)) {
  always_.aging_seconds = options.aging_seconds;
  always_.devices = static_cast<int>(devices_.specs().size());
  for (const DeviceSpec& device : devices_.specs()) always_.bytes = std::max(always_.bytes, device.bytes);
}

Conditions Scheduler::conditions(double now) const {
  Conditions result = always_;
  result.now = now;
  result.longest_wait = longest_wait_ * std::exp2((longest_wait_at_ - now) / kHalfLife);
  return result;
}

void Scheduler::add(const WaitingJob& job, double now) {
  const Conditions c = conditions(now);
  const Key key{policy_.group(job, c), job.demand.model};
  const QueuePlace place{policy_.order(job, c), job.id};
  const Entry added{job, key, place};
  if (!jobs_.emplace(job.id, added).second) return;
  Group& group = groups_[key];
  group.places.insert(place, job.demand.bytes);
  if (!group.head || place < group.head->place) group.head = added;
}

void Scheduler::remove(JobId job) {
  std::erase_if(begun_, [job](const WaitingJob& begun) { return begun.id == job; });
  const auto found = jobs_.find(job);
  if (found == jobs_.end()) return;
  const auto at = groups_.find(found->second.key);
  Group& group = at->second;
  group.places.erase(found->second.place);
  if (group.places.empty()) {
    groups_.erase(at);
  } else if (group.head->job.id == job) {
    group.head = entry(group.places.front());
  }
  jobs_.erase(found);
}

std::vector<WaitingJob> Scheduler::waiting_jobs() const {
  std::vector<WaitingJob> all;
  for (const auto& [id, entry] : jobs_) all.push_back(entry.job);
  return all;
}

const WaitingJob* Scheduler::find(JobId job) const {
  const auto found = jobs_.find(job);
  return found == jobs_.end() ? nullptr : &found->second.job;
}

void Scheduler::refresh(const DemandOf& demand, double now) {
  std::map<std::pair<int, Part>, Demand> known;
  const auto ask = [&](const WaitingJob& job) {
    if (job.demand.like < 0) return demand(job);
    const auto [found, fresh] = known.try_emplace({job.demand.like, job.demand.part});
    if (fresh) found->second = demand(job);
    return found->second;
  };
  std::vector<Entry> changed;
  for (const auto& [id, entry] : jobs_) {
    const Demand &before = entry.job.demand, asked = ask(entry.job);
    const bool fits_at_last = before.bytes > devices_.most_left(before.part) && asked.bytes < before.bytes;
    if (!fits_at_last && !differs(before, asked)) continue;
    changed.push_back(entry);
    changed.back().job.demand = asked;
  }
  for (const Entry& entry : changed) {
    remove(entry.job.id);
    add(entry.job, now);
    jobs_.at(entry.job.id).turn = entry.turn;
  }
  for (WaitingJob& job : begun_) job.demand = ask(job);
}

/// Of all, whether it fits or not.
Scheduler::Candidate Scheduler::first(const Conditions& now) const {
  Candidate best;
  for (const auto& [key, group] : groups_) {
    const double value = policy_.key(group.head->job, now);
    if (!best.entry || value > best.key || (value == best.key && group.head->place < best.entry->place))
      best = {&*group.head, value, &group};
  }
  if (best.entry) best.entry = &entry(best.entry->place);
  return best;
}

/// The first of a group that takes no more; nullptr: none.
const Scheduler::Entry* Scheduler::fitting(const Group& group, std::int64_t bytes) const {
  if (group.head->job.demand.bytes <= bytes) return &*group.head;
  const auto place = group.places.first_fitting(bytes);
  return place ? &entry(*place) : nullptr;
}

const Demand* Scheduler::first_demand(double now) const {
  if (!begun_.empty()) return &begun_.front().demand;
  const Candidate candidate = first(conditions(now));
  return candidate.entry ? &candidate.entry->job.demand : nullptr;
}

std::optional<Opening> Scheduler::opening(const Demand& demand, double now, const Reservation* kept) const {
  return balance_ == Balance::kLeastLoaded ? devices_.least_loaded(demand, now, kept)
                                           : devices_.now(demand, now, kept);
}

std::optional<Start> Scheduler::next(double now) {
  reservation_.reset();
  if (const auto begun = next_begun(now)) return begun;
  if (!begun_.empty() && begun_.size() >= kMostBegun * static_cast<std::size_t>(devices_.decode_lanes()))
    return std::nullopt;
  return next_new(now);
}

/// In the order in which they were denoised. Nobody's reservation holds them back: what they free is more.
std::optional<Start> Scheduler::next_begun(double now) {
  for (const WaitingJob& job : begun_) {
    const auto opening = devices_.now(job.demand, now);
    if (!opening) continue;
    const Start start{job.id, opening->device, job.demand};
    devices_.start(job.id, opening->device, job.demand, now);
    remove(job.id);
    return start;
  }
  return std::nullopt;
}

std::optional<Start> Scheduler::next_new(double now) {
  const Conditions c = conditions(now);
  const Candidate first = this->first(c);
  if (!first.entry) return std::nullopt;
  const Demand& demand = first.entry->job.demand;
  const std::optional<Opening> opening = this->opening(demand, now);
  const bool nothing_better =
      opening && (balance_ == Balance::kLeastLoaded || opening->finish <= devices_.quickest(demand, now));
  if (nothing_better) return start_in_turn(*first.entry, *opening, c);
  const std::optional<Reservation> later = devices_.later(first.entry->job.id, demand, now);
  if (opening && (!later || opening->finish <= later->opening.finish))
    return start_in_turn(*first.entry, *opening, c);
  reservation_ = later;
  if (policy_.blocked == Blocked::kWait) return std::nullopt;
  return start_others(*first.entry, c);
}

/// One that would change a device's model lets jobs of that model go before it, as long as it still starts a
/// few loads after its turn at the latest: else every second load could undo the one before.
std::optional<Start> Scheduler::start_in_turn(const Entry& first, const Opening& opening,
                                              const Conditions& c) {
  const Demand& demand = first.job.demand;
  const bool may_wait = balance_ == Balance::kFinishTime && first.job.deadline == kNever;
  const bool loads = demand.load_seconds > 0 && !devices_.resident(opening.device, demand.model);
  if (!may_wait || !loads) return start(first, opening, c.now);
  const double turn = std::min(first.turn, c.now);
  const Entry* before = this->before(first, opening, turn + affinity_loads_ * demand.load_seconds, c);
  if (!before) return start(first, opening, c.now);
  jobs_.at(first.job.id).turn = turn;
  return start(*before, opening, c.now);
}

/// The most urgent of the resident model that fits, is no less important, and ends in time.
const Scheduler::Entry* Scheduler::before(const Entry& first, const Opening& opening, double latest,
                                          const Conditions& c) const {
  const double seconds = (latest - c.now) * devices_.spec(opening.device).speed;
  const Entry* best = nullptr;
  for (const auto& [key, group] : groups_) {
    if (!devices_.resident(opening.device, key.second)) continue;
    const Entry* other = fitting(group, devices_.free_bytes(opening.device));
    if (!other || other->job.demand.seconds > seconds || other->job.priority < first.job.priority) continue;
    if (!best || policy_.key(other->job, c) > policy_.key(best->job, c)) best = other;
  }
  return best;
}

std::optional<Start> Scheduler::start(const Entry& entry, const Opening& opening, double now) {
  const Start start{entry.job.id, opening.device, entry.job.demand};
  devices_.start(start.job, opening.device, entry.job.demand, now);
  remember_wait(now - entry.job.submitted, now);
  remove(start.job);
  return start;
}

void Scheduler::remember_wait(double wait, double now) {
  if (wait <= conditions(now).longest_wait) return;
  longest_wait_ = wait;
  longest_wait_at_ = now;
}

/// Whoever fits, the most urgent first; under kReserve nobody who would delay `first`.
std::optional<Start> Scheduler::start_others(const Entry& first, const Conditions& c) {
  const Reservation* kept = policy_.blocked == Blocked::kReserve && reservation_ ? &*reservation_ : nullptr;
  const std::int64_t free = devices_.largest_free();
  const auto less = [](const Candidate& a, const Candidate& b) {
    return a.key != b.key ? a.key < b.key : a.entry->place > b.entry->place;
  };
  std::priority_queue<Candidate, std::vector<Candidate>, decltype(less)> candidates(less);
  const auto gap_key = policy_.gap_key ? policy_.gap_key : policy_.key;
  const auto after = [&](const Group& group, const Entry& entry) -> const Entry* {
    const auto place = group.places.first_fitting(free, entry.place);
    return place ? &this->entry(*place) : nullptr;
  };
  const auto push = [&](const Group& group, const Entry* entry) {
    if (entry && entry->job.id == first.job.id) entry = after(group, first);
    if (entry) candidates.push({entry, gap_key(entry->job, c), &group});
  };
  for (const auto& [key, group] : groups_) push(group, fitting(group, free));
  for (int tries = 0; tries < kTries && !candidates.empty(); ++tries) {
    const Candidate candidate = candidates.top();
    candidates.pop();
    if (const auto opening = this->opening(candidate.entry->job.demand, c.now, kept))
      return start(*candidate.entry, *opening, c.now);
    push(*candidate.group, after(*candidate.group, *candidate.entry));
  }
  return std::nullopt;
}

}  // namespace clipmill
