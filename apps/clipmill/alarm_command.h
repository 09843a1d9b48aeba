// A command of the user's that is run when an alarm changes.
#pragma once

#include <string>

#include "observe/alarm.h"

namespace clipmill {

/// Runs `command` by /bin/sh with `body` on its stdin, and CLIPMILL_ALARM, CLIPMILL_SUBJECT, CLIPMILL_STATE
/// and CLIPMILL_ADVICE in its environment. It is killed after 30 s. Empty: it succeeded; otherwise how it
/// ended.
std::string run_alarm_command(const std::string& command, const Alarm& alarm, const std::string& body);

}  // namespace clipmill
