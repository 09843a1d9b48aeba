// What happens in the daemon, a line each, and what dead workers leave behind, removed.
#pragma once

#include <cstdio>

#include "core/ports.h"

namespace clipmill {

class DaemonLog : public EventSink {
 public:
  DaemonLog(const JobStore& store, std::FILE* out) : store_(store), out_(out) {}
  void on_event(const Event& event) override;

 private:
  void line(const Event& event, const std::string& text) const;
  void clean(JobId job) const;

  const JobStore& store_;
  std::FILE* out_;
};

}  // namespace clipmill
