// What the service tells of the queue: views, lists, forecasts, the past.
#include <fmt/ranges.h>

#include <algorithm>

#include "base/units.h"
#include "serve/service.h"

namespace clipmill {
namespace {

/// So much of the time may go into reckoning when jobs start.
constexpr double kOutlookShare = 0.05;

/// So many starts are foreseen.
constexpr std::size_t kForeseen = 1'000;

}  // namespace

std::string Service::waits_for(const Job& job) const {
  if (job.held) return fmt::format("clipmill resume {}: it is paused", job.id);
  std::vector<std::string> open;
  for (const JobId needed : job.needs) {
    const auto other = parts_.store.find(needed);
    if (other && other->state != JobState::kDone)
      open.push_back(fmt::format("job {} ({})", needed, to_string(other->state)));
  }
  if (!open.empty()) return fmt::format("{}", fmt::join(open, ", "));
  if (dispatcher_.paused()) return "clipmill resume: the queue is paused";
  return "";
}

/// What keeps it from starting on any device, so that no time can be told.
std::string Service::lacks(JobId id) const {
  const DeviceTable& devices = parts_.scheduler.devices();
  const WaitingJob* job = parts_.scheduler.find(id);
  const DeviceSpec* largest = devices.largest(job ? job->demand.part : Part::kWhole);
  if (!largest) return "a device: none works now";
  if (!job) return "its turn";
  const std::string bytes = format_bytes(job->demand.bytes);
  if (job->demand.bytes > largest->bytes)
    return fmt::format("a device with {}: the largest that works has {}", bytes,
                       format_bytes(largest->bytes));
  return fmt::format("{} on a device: others leave {}", bytes,
                     format_bytes(devices.most_left(job->demand.part)));
}

const Service::Outlook& Service::outlook() const {
  const double before = parts_.clock.now();
  if (before < outlook_until_) return outlook_;
  outlook_ = made_outlook();
  const double after = parts_.clock.now();
  outlook_until_ = after + (after - before) / kOutlookShare;
  return outlook_;
}

Service::Outlook Service::made_outlook() const {
  Outlook outlook{{}, parts_.wall_time()};
  if (dispatcher_.paused()) return outlook;
  int position = 0;
  for (const ExpectedStart& start : forecast(parts_.scheduler, parts_.clock.now(), kForeseen))
    outlook.starts.emplace(start.job, Expected{start, ++position});
  return outlook;
}

JobView Service::view(const Job& job) const {
  JobView view{job};
  if (const auto found = progress_.find(job.id); found != progress_.end()) view.progress = found->second;
  if (job.state == JobState::kWaiting) view.waits_for = waits_for(job);
  return view;
}

/// When it starts, if nothing but its turn keeps it waiting.
void Service::foresee(JobView& view, const Outlook& outlook) const {
  if (view.job.state != JobState::kWaiting || !view.waits_for.empty()) return;
  const auto expected = outlook.starts.find(view.job.id);
  if (expected == outlook.starts.end()) {
    const bool foreseen = outlook.starts.size() < kForeseen && view.job.submitted <= outlook.made;
    view.waits_for = foreseen ? lacks(view.job.id) : "its turn";
    return;
  }
  const auto& [start, position] = expected->second;
  const double seconds = std::max(0.0, start.at - parts_.clock.now());
  view.expected_start = parts_.wall_time() + seconds;
  view.position = position;
  view.waits_for = fmt::format("{}, in about {}", parts_.scheduler.devices().spec(start.device).name,
                               format_seconds(seconds));
}

void Service::add_history(JobView& view, const JobLists& lists) {
  view.history = lists.attempts(view.job.id);
  view.stages = lists.stage_history(view.job.id);
}

void Service::add_views(QueueView& queue, const std::vector<Job>& jobs) const {
  for (const Job& job : jobs) {
    if (is_gone(job.id)) continue;
    queue.jobs.push_back(view(job));
    foresee(queue.jobs.back(), outlook());
  }
}

QueueView Service::queue() const {
  const std::lock_guard lock(mutex_);
  QueueView all{dispatcher_.paused(), devices()};
  add_views(all, parts_.store.jobs());
  return all;
}

QueueView Service::queue(const JobQuery& query) const {
  JobQuery one_more = query;
  ++one_more.limit;
  std::vector<Job> listed = page_of(one_more);
  const std::lock_guard lock(mutex_);
  QueueView part{dispatcher_.paused(), devices(), {}, parts_.store.counts({})};
  std::vector<Job> jobs = kept(std::move(listed), one_more.limit);
  part.more = jobs.size() > query.limit;
  if (part.more) jobs.pop_back();
  add_views(part, jobs);
  return part;
}

std::vector<DeviceView> Service::devices() const {
  std::vector<DeviceView> views;
  for (const DeviceSpec& device : parts_.scheduler.devices().specs()) {
    const bool works = parts_.runner.available(device.name);
    views.push_back({device.name, works ? "" : parts_.runner.trouble(device.name).message});
  }
  return views;
}

/// By `read`, which is given the lists.
template <typename Read>
auto Service::read(const Read& read) const {
  if (parts_.lists) return read(*parts_.lists);
  const std::lock_guard lock(mutex_);
  return read(static_cast<const JobLists&>(parts_.store));
}

/// With as many more as may be on their way out.
std::vector<Job> Service::page_of(const JobQuery& query) const {
  JobQuery more = query;
  {
    const std::lock_guard lock(mutex_);
    more.limit += doomed_.size();
  }
  return read([&](const JobLists& lists) { return lists.page(more); });
}

/// Those that are not being removed, `limit` at most.
std::vector<Job> Service::kept(std::vector<Job> jobs, std::size_t limit) const {
  std::erase_if(jobs, [this](const Job& job) { return is_gone(job.id); });
  if (jobs.size() > limit) jobs.resize(limit);
  return jobs;
}

std::vector<Job> Service::jobs(const JobQuery& query) const {
  std::vector<Job> found = page_of(query);
  const std::lock_guard lock(mutex_);
  return kept(std::move(found), query.limit);
}

std::vector<Job> Service::with_prefix(const std::string& prefix) const {
  const std::lock_guard lock(mutex_);
  std::vector<Job> found = parts_.store.with_prefix(prefix);
  std::erase_if(found, [this](const Job& job) { return is_gone(job.id); });
  return found;
}

std::vector<JobView> Service::page(const JobQuery& query) const {
  const std::vector<Job> listed = jobs(query);
  std::vector<JobView> views;
  {
    const std::lock_guard lock(mutex_);
    for (const Job& job : listed) views.push_back(view(job));
  }
  read([&](const JobLists& lists) {
    for (JobView& each : views) add_history(each, lists);
  });
  return views;
}

std::string Service::trouble() const {
  const std::lock_guard lock(mutex_);
  if (ending_) return "the daemon is ending";
  std::string why;
  for (const DeviceSpec& device : parts_.scheduler.devices().specs()) {
    if (parts_.runner.available(device.name)) return "";
    why += fmt::format("{}{}: {}", why.empty() ? "" : "; ", device.name,
                       parts_.runner.trouble(device.name).message);
  }
  return why.empty() ? "there is no device" : why;
}

StateCounts Service::counts(const std::vector<JobId>& jobs) const {
  const std::lock_guard lock(mutex_);
  return parts_.store.counts(jobs);
}

std::optional<Job> Service::find(JobId id) const {
  const std::lock_guard lock(mutex_);
  return is_gone(id) ? std::nullopt : parts_.store.find(id);
}

History Service::history(double since) const {
  History open;
  {
    const std::lock_guard lock(mutex_);
    open = parts_.store.open();
  }
  History past = read([&](const JobLists& lists) { return lists.past(since); });
  add_open(past, open);
  return past;
}

JobView Service::show(JobId id) const {
  const std::lock_guard lock(mutex_);
  const Job job = known(id);
  JobView shown = view(job);
  if (job.state == JobState::kWaiting) foresee(shown, outlook());
  add_history(shown, parts_.store);
  return shown;
}

std::vector<JobView> Service::brief(const std::vector<JobId>& ids) const {
  const std::lock_guard lock(mutex_);
  std::vector<JobView> views;
  for (const JobId id : ids) {
    views.push_back(view(known(id)));
    add_history(views.back(), parts_.store);
  }
  return views;
}

}  // namespace clipmill
