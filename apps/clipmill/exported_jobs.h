// The open part of a queue, so that another daemon can go on with it.
#pragma once

#include <nlohmann/json_fwd.hpp>

namespace clipmill {

/// Of a queue as GET /v1/queue gives it, the specs of jobs that are neither done nor cancelled. What they
/// need that is done is not asked for again; who needs a cancelled job is left out with it.
nlohmann::json exported_jobs(const nlohmann::json& queue);

}  // namespace clipmill
