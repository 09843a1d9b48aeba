#include "serve/queue_api.h"

#include <array>
#include <nlohmann/json.hpp>

#include "base/number.h"
#include "core/job_fields.h"
#include "serve/http_error.h"
#include "serve/json_text.h"
#include "serve/queue_json.h"

namespace clipmill {
namespace {

using nlohmann::json;

HttpResponse failure(int status, const std::string& message, const std::string& hint = "") {
  return {status, json_text({{"error", {{"message", message}, {"hint", hint}}}})};
}

JobId id_of(std::string_view text) {
  if (const auto id = number_in<JobId>(text)) return *id;
  throw input_error("\"{}\" is no job's number", text);
}

json queue(Service& service) {
  const QueueView view = service.queue();
  json jobs = json::array();
  for (const JobView& job : view.jobs) jobs.push_back(to_json(job));
  return {{"paused", view.paused}, {"devices", to_json(view.devices)}, {"jobs", jobs}};
}

json counts(Service& service, const json& body) {
  return to_json(service.counts(body.value("ids", std::vector<JobId>())));
}

json submit(Service& service, const json& body) {
  std::vector<JobSpec> specs;
  for (const json& spec : body.at("jobs")) specs.push_back(job_from_json(spec));
  json ids = json::array();
  for (const JobId id : service.submit(specs)) ids.push_back(id);
  return {{"ids", ids}};
}

struct Route {
  std::string_view method, path;  // a path that ends with '/' holds a job's number behind it
  json (*answer)(Service&, const json& body, JobId id);
};

constexpr std::array<Route, 5> kRoutes = {{
    {"GET", "/healthz",
     [](Service&, const json&, JobId) {
       return json{{"status", "ok"}};
     }},
    {"GET", "/v1/queue", [](Service& s, const json&, JobId) { return queue(s); }},
    {"POST", "/v1/queue/counts", [](Service& s, const json& body, JobId) { return counts(s, body); }},
    {"GET", "/v1/queue/jobs/", [](Service& s, const json&, JobId id) { return to_json(s.show(id)); }},
    {"POST", "/v1/queue/jobs", [](Service& s, const json& body, JobId) { return submit(s, body); }},
}};

bool matches(const Route& route, const HttpRequest& request) {
  if (route.method != request.method) return false;
  if (!route.path.ends_with('/')) return request.path == route.path;
  return request.path.starts_with(route.path) && request.path.size() > route.path.size();
}

json changed(Service& service, const QueueChange& change, const json& body) {
  if (change.job) return change_jobs(service, body, change.job);
  (service.*change.queue)();
  return {{"paused", change.queue == &Service::pause}};
}

HttpResponse answer(Service& service, const HttpRequest& request) try {
  const auto body_of = [&] { return request.body.empty() ? json::object() : json::parse(request.body); };
  if (const QueueChange* change = find_queue_change(request.path); change && request.method == "POST")
    return {200, json_text(changed(service, *change, body_of()))};
  for (const Route& route : kRoutes) {
    if (!matches(route, request)) continue;
    const bool numbered = route.path.ends_with('/');
    const JobId id = numbered ? id_of(std::string_view(request.path).substr(route.path.size())) : 0;
    return {200, json_text(route.answer(service, body_of(), id))};
  }
  return failure(404, fmt::format("there is no {} {}", request.method, request.path));
} catch (const json::exception& error) {
  return failure(400, fmt::format("the request cannot be read: {}", error.what()));
} catch (const Error& error) {
  return failure(status_of(error.kind()), error.what(), error.hint());
}

}  // namespace

json to_json(const JobView& view) {
  const Job& job = view.job;
  json object = {{"id", job.id},
                 {"state", to_string(job.state)},
                 {"attempts", job.attempts},
                 {"submitted", job.submitted},
                 {"spec", to_json(job.spec)}};
  if (job.held) object["paused"] = true;
  if (!job.needs.empty()) object["needs"] = job.needs;
  if (!view.waits_for.empty()) object["waits_for"] = view.waits_for;
  if (view.expected_start > 0) object["expected_start"] = view.expected_start;
  if (!job.failure.message.empty() && job.state != JobState::kDone) {
    object["failure"] = {
        {"kind", to_string(job.failure.kind)}, {"message", job.failure.message}, {"hint", job.failure.hint}};
  }
  if (job.state == JobState::kDone)
    object["result"] = {{"bytes", job.result.output_bytes}, {"seconds", job.result.seconds}};
  if (!view.progress.device.empty()) object["progress"] = to_json(view.progress);
  for (const AttemptRecord& attempt : view.history)
    object["history"].push_back({{"device", attempt.device},
                                 {"started", attempt.started},
                                 {"ended", attempt.ended},
                                 {"outcome", attempt.outcome},
                                 {"message", attempt.message}});
  return object;
}

HttpHandler queue_api(Service& service) {
  return [&service](const HttpRequest& request) { return answer(service, request); };
}

}  // namespace clipmill
