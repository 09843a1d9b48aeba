// A history as it travels from the daemon to whoever makes reports of it.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "core/history.h"

namespace clipmill {

nlohmann::json to_json(const History& history);
/// Throws Error(kIo) where it is none.
History history_from_json(const nlohmann::json& object);

/// {"now": unix, "spans": [{"device", "job", "stage", "start", "end" | null, "outcome"}]}, in the order of
/// their starts.
nlohmann::json gantt_json(const History& history);

}  // namespace clipmill
