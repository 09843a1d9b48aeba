// An alarm as it stands, and who hears of its changes.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace clipmill {

struct Alarm {
  std::string name;     ///< alarm_rule.h
  std::string subject;  ///< the device or the class of jobs
  bool firing = false;
  double since = 0;  ///< Unix seconds: when it came into this state
  double value = 0;  ///< mean over the window
  double limit = 0;
  std::string advice;  ///< while it fires: which lever helps
};

/// {"name", "subject", "state": "firing" | "ok", "since", "value", "limit", "advice"}.
nlohmann::json to_json(const Alarm& alarm);

/// "device_memory of cpu:0 fires: 93 %, the limit is 90 %; another memory plan: …", for a log.
std::string to_text(const Alarm& alarm);

class AlarmSink {
 public:
  virtual ~AlarmSink() = default;
  /// It began or ceased to fire. Must not wait for anything.
  virtual void on_alarm(const Alarm& alarm) = 0;
};

}  // namespace clipmill
