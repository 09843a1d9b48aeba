// The account of an hour, or of any other window: where the device time went, and what it was worth.
#pragma once

#include <algorithm>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "core/history.h"
#include "observe/account.h"
#include "observe/device_time.h"
#include "observe/guide_formula.h"
#include "observe/speed_up.h"

namespace clipmill {

/// So many seconds further back than a window of `seconds` it is looked for what stages take alone: ten times
/// as far, a day at most, so that an account costs no more than what it is of.
constexpr double reference_seconds(double seconds) { return std::min(10 * seconds, 86'400.0); }
/// Accounts reach back so far, with that.
inline constexpr double kMostHistorySeconds = 31 * 86'400.0;

struct Hour {
  Window window;
  std::vector<DeviceTime> devices;
  StageAccounts stages;        ///< what ran to its end: times, busy seconds, largest peak
  int attempts = 0, done = 0;  ///< that ended in the window
  SpeedUp speed_up;
  Residence residence;
  GuideFormula formula;
};

/// Of `history`, which may reach further back than the window: what stages take alone is looked for in all of
/// it.
Hour hour_of(const History& history, const Window& window, const Residence& residence);

/// {"since", "until", "devices": [{"name", "seconds", "parts": [{"name", "seconds"}], …}], "stages": […],
/// "speed_up": {…}, "formula": {…}}; seconds, bytes, Unix times.
nlohmann::json to_json(const Hour& hour);
/// For a terminal.
std::string hour_text(const Hour& hour);

/// What a device spends its time on: name and seconds, without what is 0, stages first.
std::vector<std::pair<std::string, double>> parts_of(const DeviceTime& time);
/// "waiting for memory", for people.
std::string spaced_name(std::string name);
/// The names of parts that any of the devices has, in that order.
std::vector<std::string> part_names(const std::vector<DeviceTime>& devices);

}  // namespace clipmill
