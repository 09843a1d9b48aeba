#include "serve/queue_api.h"

#include <nlohmann/json.hpp>

#include "base/number.h"
#include "core/job_fields.h"
#include "serve/asked.h"
#include "serve/json_text.h"
#include "serve/queue_json.h"

namespace clipmill {
namespace {

using nlohmann::json;

JobId id_of(std::string_view text) {
  if (const auto id = number_in<JobId>(text)) return *id;
  throw input_error("\"{}\" is no job's number", text);
}

/// All of it, or the part that a query with a limit names.
json queue(const Service& service, const HttpRequest& request) {
  const QueueView view =
      request.query.contains("limit") ? service.queue(query_asked(request, 1)) : service.queue();
  json jobs = json::array();
  for (const JobView& job : view.jobs) jobs.push_back(to_json(job));
  return {{"paused", view.paused}, {"devices", to_json(view.devices)}, {"jobs", jobs}};
}

std::vector<JobSpec> specs_asked(const HttpRequest& request) {
  return body_asked(request, R"({"jobs": [{…}, …]})", [](const json& body) {
    std::vector<JobSpec> specs;
    for (const json& spec : body.at("jobs")) specs.push_back(job_from_json(spec));
    return specs;
  });
}

std::vector<JobId> counted_asked(const HttpRequest& request) {
  return body_asked(request, R"({"ids": [1, 2, …]} or {})",
                    [](const json& body) { return body.value("ids", std::vector<JobId>()); });
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

Routes queue_api(Service& service) {
  Routes routes = queue_changes(service);
  routes.add("GET", "/v1/queue", [&service](const HttpRequest& request, std::string_view) -> HttpResponse {
    return {200, json_text(queue(service, request))};
  });
  routes.add("POST", "/v1/queue/counts",
             [&service](const HttpRequest& request, std::string_view) -> HttpResponse {
               return {200, json_text(to_json(service.counts(counted_asked(request))))};
             });
  routes.add("GET", "/v1/queue/jobs/{}", [&service](const HttpRequest&, std::string_view id) -> HttpResponse {
    return {200, json_text(to_json(service.show(id_of(id))))};
  });
  routes.add("POST", "/v1/queue/jobs",
             [&service](const HttpRequest& request, std::string_view) -> HttpResponse {
               return {200, json_text({{"ids", service.submit(specs_asked(request))}})};
             });
  return routes;
}

}  // namespace clipmill
