// The queue over HTTP: the routes that the command line speaks to.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "serve/routes.h"
#include "serve/service.h"

namespace clipmill {

/// GET /v1/queue (all; with `limit`, a part as in shared_queue_api.h), /v1/queue/jobs/ID; POST
/// /v1/queue/jobs, /v1/queue/jobs/{cancel,retry,pause,resume} with {"ids": […]}, /v1/queue/{pause,resume},
/// and /v1/queue/counts with {"ids": […]} or {} for all: how many are in which state, which costs next to
/// nothing. One job alone comes with its "history": all of its attempts. A device that gets no jobs has
/// "trouble".
Routes queue_api(Service& service);

nlohmann::json to_json(const JobView& view);

}  // namespace clipmill
