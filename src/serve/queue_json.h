// What the queue's APIs say alike, on the Unix socket and over TCP.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <vector>

#include "serve/service.h"

namespace clipmill {

/// {"waiting": 3, …}
nlohmann::json to_json(const StateCounts& counts);
/// [{"name", "trouble"?}, …]
nlohmann::json to_json(const std::vector<DeviceView>& devices);
/// The same change to each of body's "ids", all of them tried: {"ids", "errors": [{"id", "message",
/// "hint"}]}. Throws nlohmann::json::exception on another body.
nlohmann::json change_jobs(Service& service, const nlohmann::json& body, void (Service::*one)(JobId));

}  // namespace clipmill
