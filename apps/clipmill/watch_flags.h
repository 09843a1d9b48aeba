// The daemon's flags on health and alarms.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "clipmill/alarm_outlet.h"
#include "observe/watch.h"

namespace clipmill {

struct WatchOptions {
  AlarmTargets targets;
  std::string window = "60s";
  std::vector<std::string> limits;  ///< "device_memory=95"
  int interactive_from = WatchSettings().interactive_from;
};

void add_watch_flags(CLI::App& command, WatchOptions& options);

/// Throws Error(kInput) on an alarm that does not exist, or no number.
WatchSettings watch_settings(const WatchOptions& options, const std::string& policy);

}  // namespace clipmill
