#include "serve/queue_json.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

namespace clipmill {
namespace {

constexpr std::array<QueueChange, 6> kQueueChanges = {{
    {"/v1/queue/jobs/cancel", &Service::cancel},
    {"/v1/queue/jobs/retry", &Service::retry},
    {"/v1/queue/jobs/pause", &Service::hold},
    {"/v1/queue/jobs/resume", &Service::release},
    {"/v1/queue/pause", nullptr, &Service::pause},
    {"/v1/queue/resume", nullptr, &Service::resume},
}};

}  // namespace

using nlohmann::json;

json to_json(const StateCounts& counts) {
  json object;
  for (const auto& [state, name] : kJobStates) object[name] = counts[static_cast<std::size_t>(state)];
  return object;
}

json to_json(const std::vector<DeviceView>& devices) {
  json array = json::array();
  for (const DeviceView& device : devices) {
    array.push_back({{"name", device.name}});
    if (!device.trouble.empty()) array.back()["trouble"] = device.trouble;
  }
  return array;
}

json change_jobs(Service& service, const json& body, void (Service::*one)(JobId)) {
  json changed = json::array(), errors = json::array();
  for (const JobId id : body.at("ids").get<std::vector<JobId>>()) {
    try {
      (service.*one)(id);
      changed.push_back(id);
    } catch (const Error& error) {
      errors.push_back({{"id", id}, {"message", error.what()}, {"hint", error.hint()}});
    }
  }
  return {{"ids", changed}, {"errors", errors}};
}

json to_json(const StageView& progress) {
  return {{"device", progress.device},
          {"stage", progress.stage},
          {"done", progress.done},
          {"total", progress.total}};
}

const QueueChange* find_queue_change(std::string_view path) {
  const auto found = std::ranges::find(kQueueChanges, path, &QueueChange::path);
  return found == kQueueChanges.end() ? nullptr : &*found;
}

}  // namespace clipmill
