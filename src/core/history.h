// What ran where and when, as it is remembered: the source of accounts, charts and traces.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/event.h"
#include "core/job.h"
#include "core/wait.h"

namespace clipmill {

/// Times are Unix seconds; an end of 0: it goes on.
struct StageSpan {
  JobId job = 0;
  AttemptId attempt = 0;
  std::string device;
  Stage stage = Stage::kLoad;
  double start = 0, end = 0;
  double seconds = 0;  ///< busy; less than end − start where it waited for the frames of another stage
  std::int64_t peak_bytes = 0;
  std::string plan;
  std::string outcome;  ///< "done"; "repeated" under a smaller plan; else what ended its attempt; "": runs
};

struct AttemptSpan {
  AttemptId id = 0;
  JobId job = 0;
  std::string device;  ///< the first that worked on it
  double start = 0, end = 0;
  std::string outcome;
};

struct WaitSpan {
  std::string device;
  Wait why = Wait::kNothing;
  double start = 0, end = 0;
};

/// A job that spans belong to.
struct PastJob {
  JobId id = 0;
  JobSpec spec;
  double submitted = 0;
};

struct DeviceBudget {
  std::string device;
  std::int64_t bytes = 0;
};

/// All that reaches into the time from `since` to `until`; each list in the order of its starts.
struct History {
  double since = 0, until = 0;
  std::vector<StageSpan> stages;
  std::vector<AttemptSpan> attempts;
  std::vector<WaitSpan> waits;
  std::vector<PastJob> jobs;
  std::vector<DeviceBudget> budgets;
};

/// Adds what runs now (`open`: stages without their jobs, waits) to what was read after it was looked at, and
/// gives waits their ends.
void add_open(History& past, const History& open);
/// Before add_open(): nobody works on it any more, and this is the last that was heard.
void end_at(History& past, double heard);

}  // namespace clipmill
