#include "serve/watch_api.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "serve/asked.h"
#include "serve/json_text.h"

namespace clipmill {
namespace {

using nlohmann::json;

constexpr double kMostCurveSeconds = 3600;

/// A job's name is its output's, and may tell its prompt: for those alone who may see the queue.
json shown(const DeviceJob& job, bool names) {
  json object = {{"id", job.id},
                 {"class", to_string(job.kind)},
                 {"stage", job.stage},
                 {"done", job.done},
                 {"total", job.total}};
  if (names) object["name"] = job.name;
  return object;
}

/// What a device does not tell is absent, but for its utilisation, which is null then.
json shown(const DeviceSample& device, bool names) {
  const DeviceReading& now = device.reading;
  json object = {{"name", device.name},
                 {"budget_bytes", device.budget_bytes},
                 {"used_bytes", now.used_bytes},
                 {"utilisation", nullptr},
                 {"jobs", json::array()}};
  for (const DeviceJob& job : device.jobs) object["jobs"].push_back(shown(job, names));
  if (now.utilisation) object["utilisation"] = *now.utilisation;
  if (now.total_bytes > 0) object["total_bytes"] = now.total_bytes;
  if (now.foreign_bytes > 0) object["foreign_bytes"] = now.foreign_bytes;
  for (std::size_t i = 0; now.held && i < kMemoryCategories.size(); ++i)
    object[std::string(kMemoryCategories[i]) + "_bytes"] = now.held->bytes[i];
  if (now.power_watts) object["power_watts"] = *now.power_watts;
  if (now.temperature_celsius) object["temperature_celsius"] = *now.temperature_celsius;
  if (!now.slowed_by.empty()) object["slowed_by"] = now.slowed_by;
  if (now.memory_errors) object["memory_errors"] = *now.memory_errors;
  if (!now.trouble.empty()) object["trouble"] = now.trouble;
  return object;
}

HttpResponse health(const Watch& watch, const HttpRequest& request) {
  const bool names = request.client.scopes.contains(Scope::kOperate);
  const Health health = watch.health();
  json object = {{"time", health.sample.time},         {"waiting", health.sample.waiting()},
                 {"running", health.sample.running()}, {"paused", health.sample.paused},
                 {"devices", json::array()},           {"alarms", json::array()},
                 {"waiting_share", json::object()}};
  for (const DeviceSample& device : health.sample.devices) object["devices"].push_back(shown(device, names));
  for (const Alarm& alarm : health.alarms) object["alarms"].push_back(to_json(alarm));
  for (std::size_t i = 0; i < kJobClasses.size(); ++i) {
    if (const auto& share = health.sample.waiting_share[i])
      object["waiting_share"][std::string(kJobClasses[i])] = *share;
  }
  return {200, json_text(object)};
}

json curves(const std::vector<HistoryPoint>& points, std::size_t device) {
  json object = {{"utilisation", json::array()}};
  for (const std::string_view category : kMemoryCategories)
    object[std::string(category) + "_bytes"] = json::array();
  for (const HistoryPoint& point : points) {
    const DevicePoint& at = point.devices[device];
    object["utilisation"].push_back(at.utilisation ? json(*at.utilisation) : json());
    for (std::size_t i = 0; i < kMemoryCategories.size(); ++i)
      object[std::string(kMemoryCategories[i]) + "_bytes"].push_back(at.held.bytes[i]);
  }
  return object;
}

HttpResponse history(const Watch& watch, const HttpRequest& request) {
  const auto seconds = number_asked<double>(request, "seconds", kMostCurveSeconds, 0, kMostCurveSeconds);
  const std::vector<HistoryPoint> points = watch.history(seconds);
  json object = {{"times", json::array()}, {"waiting", json::array()}, {"devices", json::object()}};
  for (const HistoryPoint& point : points) {
    object["times"].push_back(point.time);
    object["waiting"].push_back(point.waiting);
  }
  const std::vector<std::string> devices = watch.devices();
  for (std::size_t i = 0; i < devices.size(); ++i) object["devices"][devices[i]] = curves(points, i);
  return {200, json_text(object)};
}

HttpResponse ready(const std::string& why_not) {
  return why_not.empty() ? HttpResponse{200, json_text({{"status", "ready"}})} : error_response(503, why_not);
}

}  // namespace

Routes watch_api(const Watch& watch, const std::function<std::string()>& trouble) {
  Routes routes;
  routes.add("GET", "/healthz", [](const HttpRequest&, std::string_view) -> HttpResponse {
    return {200, json_text({{"status", "ok"}})};
  });
  // The watch first: it can tell of a queue that stands still, which cannot be asked.
  routes.add("GET", "/readyz", [&watch, trouble](const HttpRequest&, std::string_view) {
    const std::string unready = watch.unready();
    return ready(unready.empty() ? trouble() : unready);
  });
  routes.add("GET", "/metrics", [&watch](const HttpRequest&, std::string_view) -> HttpResponse {
    return {200, watch.metrics(), "text/plain; version=0.0.4; charset=utf-8"};
  });
  routes.add("GET", "/v1/health",
             [&watch](const HttpRequest& request, std::string_view) { return health(watch, request); });
  routes.add("GET", "/v1/history",
             [&watch](const HttpRequest& request, std::string_view) { return history(watch, request); });
  return routes;
}

}  // namespace clipmill
