// What happens to a job, as values: the one stream that store, progress, metrics and reports observe.
#pragma once

#include <cstdint>
#include <string>
#include <variant>

#include "base/error.h"
#include "core/memory_plan.h"
#include "core/stage.h"

namespace clipmill {

using JobId = std::int64_t;
using AttemptId = std::int64_t;  ///< grows with every attempt of any job: the fencing token of its lease

struct JobStarted {
  MemoryPlan plan{};  ///< to begin with
  std::string why;    ///< that plan
};
struct StageStarted {
  Stage stage;
};
struct StageProgress {
  Stage stage;
  int done;
  int total;
};
/// How an optimisation goes, beside its StageProgress.
struct TrainingStep {
  Stage stage;
  int step;  ///< steps done
  double loss;
  double learning_rate;
  double grad_norm;  ///< L2, before clipping
};
/// `seconds` is the stage's own busy time: stages that overlap add up to more than the clip's wall time.
struct StageFinished {
  Stage stage;
  double seconds;
  std::int64_t peak_bytes;
  MemoryPlan plan{};  ///< under which it ran to its end
};
/// A stage did not fit into the device, and goes on under a smaller plan.
struct PlanChanged {
  Stage stage;
  MemoryPlan from, to;
  std::string why;
};
/// Memory that a job left behind, found after it ended.
struct LeakFound {
  std::int64_t bytes;
  std::string text;  ///< whose, in which scope, from which calls
};
/// What a worker holds between two jobs; told where leaks are looked for.
struct MemorySampled {
  std::int64_t device_bytes;  ///< by tensors
  std::int64_t host_bytes;    ///< by the heap
};
/// Something that was decided on the way, for people: a line of text.
struct Notice {
  Stage stage;
  std::string text;
};
struct PreviewWritten {
  std::string path;
  int step;
};
struct JobFinished {
  std::int64_t output_bytes;
  double seconds;
};
struct JobFailed {
  ErrorKind kind;
  std::string message;
  std::string hint;
};

/// The attempt failed, and the job waits again.
struct JobRetried {
  JobFailed why;
};

using EventPayload =
    std::variant<JobStarted, StageStarted, StageProgress, TrainingStep, StageFinished, PlanChanged, LeakFound,
                 MemorySampled, Notice, PreviewWritten, JobFinished, JobFailed, JobRetried>;

struct Event {
  JobId job = 0;
  AttemptId attempt = 0;
  std::string device;
  EventPayload what;
  double at =
      0;  ///< when it happened, on the steady clock that the processes of a machine share; 0: not told
};

/// The std::visit helper: std::visit(Overloaded{[](const JobFinished&) {…}, [](const auto&) {}}, event.what).
template <typename... Handlers>
struct Overloaded : Handlers... {
  using Handlers::operator()...;
};
template <typename... Handlers>
Overloaded(Handlers...) -> Overloaded<Handlers...>;

}  // namespace clipmill
