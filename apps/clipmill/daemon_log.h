// What happens in the daemon, a line each.
#pragma once

#include <cstdio>

#include "core/ports.h"
#include "store/sqlite_store.h"

namespace clipmill {

class DaemonLog : public EventSink {
 public:
  DaemonLog(const JobStore& store, WallTime wall_time, std::FILE* out)
      : store_(store), wall_time_(std::move(wall_time)), out_(out) {}
  void on_event(const Event& event) override;

 private:
  void line(const Event& event, const std::string& text) const;

  const JobStore& store_;
  const WallTime wall_time_;
  std::FILE* out_;
};

}  // namespace clipmill
