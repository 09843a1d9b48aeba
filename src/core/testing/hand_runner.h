// A Runner whose attempts do what a test tells them.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <set>

#include "core/ports.h"

namespace clipmill {

class HandRunner : public Runner {
 public:
  bool available(const std::string& device) const override { return !lost.contains(device); }
  JobFailed trouble(const std::string& device) const override {
    return {ErrorKind::kDevice, device + " is given up", ""};
  }
  std::int64_t foreign_bytes(const std::string& device) override { return foreign[device]; }
  void start(const Attempt& attempt) override {
    if (!running.emplace(attempt.job, attempt).second) throw Error(ErrorKind::kInternal, "it runs twice");
  }
  std::optional<Event> next_event() override {
    if (events_.empty()) return std::nullopt;
    Event event = std::move(events_.front());
    events_.pop_front();
    return event;
  }
  void wait(double) override { in_wait(); }
  void cancel(const Attempt& attempt) override { cancelled.insert(attempt.job); }
  void rest() override { rests = running.empty(); }

  /// What happens to the job that runs; returned for a dispatcher, and kept for next_event().
  Event tell(JobId job, EventPayload what) {
    const Attempt attempt = running.at(job);
    const bool over = std::holds_alternative<JobFinished>(what) || std::holds_alternative<JobFailed>(what);
    if (over) running.erase(job), cancelled.erase(job);
    events_.push_back({job, attempt.id, attempt.device, std::move(what)});
    return events_.back();
  }

  std::map<JobId, Attempt> running;
  std::set<JobId> cancelled;   ///< of those: asked to end
  std::set<std::string> lost;  ///< devices
  std::map<std::string, std::int64_t> foreign;
  bool rests = false;  ///< was asked to, when nothing ran
  std::function<void()> in_wait = [] {};

 private:
  std::deque<Event> events_;
};

}  // namespace clipmill
