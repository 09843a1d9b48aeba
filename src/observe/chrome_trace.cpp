#include "observe/chrome_trace.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/version.h"
#include "observe/job_name.h"

namespace clipmill {
namespace {

using nlohmann::json;

/// Between the numbers of two stages' threads: so many rows of one stage.
constexpr int kMostRows = 16, kWaitThread = 1'000;

/// Microseconds since the history's beginning.
std::int64_t micros(const History& history, double time) {
  return std::llround((time - history.since) * 1e6);
}

/// Numbers processes and threads as they are first used, and names them.
class TraceThreads {
 public:
  int process(const std::string& device) {
    const auto [found, fresh] = processes_.try_emplace(device, static_cast<int>(processes_.size()) + 1);
    if (fresh) name("process_name", found->second, 0, device);
    return found->second;
  }
  void thread(int process, int thread, const std::string& title) {
    if (!threads_.insert({{process, thread}, 0}).second) return;
    name("thread_name", process, thread, title);
    events_.push_back({{"ph", "M"},
                       {"name", "thread_sort_index"},
                       {"pid", process},
                       {"tid", thread},
                       {"args", {{"sort_index", thread}}}});
  }
  json events() const { return events_; }

 private:
  void name(const char* what, int process, int thread, const std::string& title) {
    events_.push_back(
        {{"ph", "M"}, {"name", what}, {"pid", process}, {"tid", thread}, {"args", {{"name", title}}}});
  }

  std::map<std::string, int> processes_;
  std::map<std::pair<int, int>, int> threads_;
  json events_ = json::array();
};

/// Events of one thread must not overlap: each goes to the first of its stage's rows that is free.
class TraceRows {
 public:
  int row(const StageSpan& span, double end) {
    std::vector<double>& ends = ends_[{span.device, span.stage}];
    auto free = std::ranges::find_if(ends, [&](double busy) { return busy <= span.start; });
    if (free == ends.end()) free = ends.insert(ends.end(), 0);
    *free = end;
    return std::min(static_cast<int>(free - ends.begin()), kMostRows - 1);
  }

 private:
  std::map<std::pair<std::string, Stage>, std::vector<double>> ends_;
};

json trace_args(const StageSpan& span, const PastJob* job) {
  json args = {{"job", span.job},
               {"attempt", span.attempt},
               {"outcome", span.outcome.empty() ? "running" : span.outcome},
               {"busy_seconds", span.seconds},
               {"peak_bytes", span.peak_bytes},
               {"plan", span.plan}};
  if (!job) return args;
  const ClipSpec& clip = job->spec.clip;
  args.update({{"name", job_name(job->spec)}, {"model", job->spec.model}});
  if (makes_clip(job->spec.kind))
    args.update(
        {{"shape", fmt::format("{}x{}x{}", clip.width, clip.height, clip.frames)}, {"steps", clip.steps}});
  return args;
}

json complete_event(const History& history, std::string_view name, int process, int thread, double start,
                    double end, json args) {
  const std::int64_t from = micros(history, start);
  return {{"ph", "X"},
          {"name", name},
          {"cat", "clipmill"},
          {"pid", process},
          {"tid", thread},
          {"ts", from},
          {"dur", std::max<std::int64_t>(0, micros(history, end) - from)},
          {"args", std::move(args)}};
}

}  // namespace

json chrome_trace(const History& history) {
  std::map<JobId, const PastJob*> jobs;
  for (const PastJob& job : history.jobs) jobs[job.id] = &job;
  TraceThreads threads;
  TraceRows rows;
  json events = json::array();
  const auto until = [&](double end) { return end > 0 ? end : history.until; };
  for (const StageSpan& span : history.stages) {
    const int process = threads.process(span.device), row = rows.row(span, until(span.end));
    const int thread = 1 + static_cast<int>(span.stage) * kMostRows + row;
    threads.thread(process, thread,
                   fmt::format("{}{}", to_string(span.stage), row > 0 ? fmt::format(" {}", row + 1) : ""));
    events.push_back(complete_event(history, to_string(span.stage), process, thread, span.start,
                                    until(span.end), trace_args(span, jobs[span.job])));
  }
  for (const WaitSpan& span : history.waits) {
    if (span.why == Wait::kNothing) continue;
    const int process = threads.process(span.device);
    threads.thread(process, kWaitThread, "waits for");
    const double start = std::max(span.start, history.since);
    events.push_back(complete_event(history, to_string(span.why), process, kWaitThread, start,
                                    until(span.end), json::object()));
  }
  json all = threads.events();
  all.insert(all.end(), events.begin(), events.end());
  return {{"displayTimeUnit", "ms"},
          {"otherData",
           {{"program", fmt::format("clipmill {}", kVersion)}, {"unix_seconds_at_0", history.since}}},
          {"traceEvents", all}};
}

}  // namespace clipmill
