// How a running job tells what happens to it, and hears that it should stop.
#pragma once

#include <atomic>
#include <functional>

#include "base/clock.h"
#include "core/event.h"
#include "vram/peak_span.h"

namespace clipmill {

using Report = std::function<void(EventPayload)>;

/// Set from another thread; looked at between steps.
class StopFlag {
 public:
  void set() { set_ = true; }
  void clear() { set_ = false; }
  bool is_set() const { return set_; }
  /// Throws Error(kCancelled) once set.
  void check() const {
    if (set_) throw Error(ErrorKind::kCancelled, "cancelled");
  }

 private:
  std::atomic<bool> set_{false};
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

  void finish(const MemoryPlan& plan = {}) const {
    device_.synchronize();
    report_(StageFinished{stage_, clock_.now() - started_, peak_.bytes(), plan});
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
