// What the queue's APIs say alike, on the Unix socket and over TCP.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string_view>
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

/// {"device", "stage", "done", "total"}
nlohmann::json to_json(const StageView& progress);

/// A change that is asked for by POST: of the jobs in the body, or of the whole queue where `job` is null.
struct QueueChange {
  std::string_view path;
  void (Service::*job)(JobId) = nullptr;
  void (Service::*queue)() = nullptr;
};
/// nullptr: `path` names none.
const QueueChange* find_queue_change(std::string_view path);

}  // namespace clipmill
