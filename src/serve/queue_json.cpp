#include "serve/queue_json.h"

#include <nlohmann/json.hpp>

#include "serve/asked.h"
#include "serve/json_text.h"

namespace clipmill {
namespace {

using nlohmann::json;

constexpr std::size_t kLongestQueuePage = 1'000;

std::vector<JobId> ids_asked(const HttpRequest& request) {
  return body_asked(request, R"({"ids": [1, 2, …]})",
                    [](const json& body) { return body.at("ids").get<std::vector<JobId>>(); });
}

std::optional<JobState> state_asked(const HttpRequest& request) {
  const auto name = asked(request, "state");
  if (!name || name->empty()) return std::nullopt;
  if (const auto state = job_state_from(*name)) return state;
  throw RequestProblem{"state: must be waiting, running, done, failed, cancelled or quarantined", "state"};
}

json change_jobs(Service& service, const std::vector<JobId>& ids, void (Service::*change)(JobId)) {
  json changed = json::array(), errors = json::array();
  for (const JobId id : ids) {
    try {
      (service.*change)(id);
      changed.push_back(id);
    } catch (const Error& error) {
      errors.push_back({{"id", id}, {"message", error.what()}, {"hint", error.hint()}});
    }
  }
  return {{"ids", changed}, {"errors", errors}};
}

}  // namespace

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

JobQuery query_asked(const HttpRequest& request, std::size_t usual) {
  return {.after = number_asked<JobId>(request, "after", 0, 0),
          .limit = number_asked<std::size_t>(request, "limit", usual, 1, kLongestQueuePage),
          .newest_first = newest_first_asked(request, false),
          .state = state_asked(request)};
}

json to_json(const StageView& progress) {
  return {{"device", progress.device},
          {"stage", progress.stage},
          {"done", progress.done},
          {"total", progress.total}};
}

Routes queue_changes(Service& service) {
  Routes routes;
  const auto of_jobs = [&](const char* name, void (Service::*change)(JobId)) {
    routes.add("POST", fmt::format("/v1/queue/jobs/{}", name),
               [&service, change](const HttpRequest& request, std::string_view) -> HttpResponse {
                 return {200, json_text(change_jobs(service, ids_asked(request), change))};
               });
  };
  const auto of_queue = [&](const char* name, void (Service::*change)(), bool paused) {
    routes.add("POST", fmt::format("/v1/queue/{}", name),
               [&service, change, paused](const HttpRequest&, std::string_view) -> HttpResponse {
                 (service.*change)();
                 return {200, json_text({{"paused", paused}})};
               });
  };
  of_jobs("cancel", &Service::cancel);
  of_jobs("retry", &Service::retry);
  of_jobs("pause", &Service::hold);
  of_jobs("resume", &Service::release);
  of_queue("pause", &Service::pause, true);
  of_queue("resume", &Service::resume, false);
  return routes;
}

}  // namespace clipmill
