// A history in the trace format of Chrome and Perfetto (ui.perfetto.dev opens it).
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "core/history.h"

namespace clipmill {

/// {"displayTimeUnit", "otherData", "traceEvents": […]}: a process a device, a thread a stage (more where one
/// stage ran twice at once) and one for what the device waited for; complete events ("ph": "X") in
/// microseconds since `history.since`.
nlohmann::json chrome_trace(const History& history);

}  // namespace clipmill
