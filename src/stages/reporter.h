// How a running job tells what happens to it, and hears that it should stop.
#pragma once

#include <atomic>
#include <functional>

#include "base/clock.h"
#include "base/units.h"
#include "core/event.h"
#include "vram/peak_span.h"

namespace clipmill {

using Report = std::function<void(EventPayload)>;

/// Why a job should stop, looked at between steps.
class StopFlag {
 public:
  /// From any thread.
  void set() { set_ = true; }
  void clear() { set_ = false; }
  bool is_set() const { return set_ || is_late(); }
  /// From the thread that looks, before it begins: so many seconds from now. 0: no limit.
  void limit(double seconds, const Clock& clock) { limit_ = seconds, clock_ = &clock, began_ = clock.now(); }
  /// Throws Error(kCancelled) once set, Error(kInput) once the time is up.
  void check() const {
    if (set_) throw Error(ErrorKind::kCancelled, "cancelled");
    if (is_late())
      throw Error(ErrorKind::kInput,
                  fmt::format("did not end within its time limit of {}", format_seconds(limit_)),
                  "give it more time (time_limit), or less to do: fewer steps or frames, a smaller size");
  }

 private:
  bool is_late() const { return limit_ > 0 && clock_->now() - began_ > limit_; }

  std::atomic<bool> set_{false};
  double limit_ = 0, began_ = 0;
  const Clock* clock_ = nullptr;
};

/// Times a stage on the device: reports its start now, its seconds and its lane's peak memory at finish().
class StageTimer {
 public:
  StageTimer(Stage stage, Device& device, const Clock& clock, const Report& report)
      : stage_(stage), device_(device), clock_(clock), report_(report), started_(clock.now()), peak_(device) {
    report_(StageStarted{stage_});
  }

  double started() const { return started_; }
  MemoryUsage usage() const { return peak_.usage(); }
  void progress(int done, int total) const { report_(StageProgress{stage_, done, total}); }

  /// `waited`: seconds of it for other stages, which are not its own.
  void finish(const MemoryPlan& plan = {}, double waited = 0) const {
    device_.synchronize();
    report_(StageFinished{stage_, clock_.now() - started_ - waited, peak_.bytes(), plan});
  }

 private:
  Stage stage_;
  Device& device_;
  const Clock& clock_;
  const Report& report_;
  double started_;
  PeakSpan peak_;
};

}  // namespace clipmill
