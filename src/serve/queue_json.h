// What the queue's APIs say alike, on the Unix socket and over TCP.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <vector>

#include "serve/routes.h"
#include "serve/service.h"

namespace clipmill {

/// {"waiting": 3, …}
nlohmann::json to_json(const StateCounts& counts);
/// [{"name", "trouble"?}, …]
nlohmann::json to_json(const std::vector<DeviceView>& devices);
/// The part that `after`, `limit`, `state` and `order` of the query name; `limit` from 1 to 1000, else
/// `usual`. Throws RequestProblem.
JobQuery query_asked(const HttpRequest& request, std::size_t usual);

/// {"device", "stage", "done", "total"}
nlohmann::json to_json(const StageView& progress);

/// POST /v1/queue/jobs/{cancel,retry,pause,resume} with {"ids": […]}, all of them tried: {"ids", "errors":
/// [{"id", "message", "hint"}]}; POST /v1/queue/{pause,resume}: {"paused"}.
Routes queue_changes(Service& service);

}  // namespace clipmill
