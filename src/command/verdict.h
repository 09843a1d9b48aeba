// Why a command ended, as an error that people understand: pure decisions.
#pragma once

#include <cstdint>
#include <string>

#include "base/error.h"
#include "command/guard.h"
#include "core/command_spec.h"

namespace clipmill {

Error over_budget(std::int64_t used_bytes, std::int64_t allowed_bytes);
Error over_time(double limit_seconds);

/// What a program that did not succeed died of. `tail`: the last lines of what it printed. A program that
/// says so itself in torch's words ran out of memory; with exit status 75 (EX_TEMPFAIL of sysexits.h) it asks
/// to be tried again (kIo); otherwise the same program would fail again (kInput), unless a signal killed it
/// (kWorker).
Error failure_of(const GuardReport& end, const std::string& program, const std::string& tail);

}  // namespace clipmill
