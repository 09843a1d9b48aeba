#include "serve/shared_queue_api.h"

#include <nlohmann/json.hpp>
#include <string_view>
#include <utility>

#include "base/error.h"
#include "base/number.h"
#include "base/text.h"
#include "serve/http_error.h"
#include "serve/job_row.h"
#include "serve/queue_json.h"

namespace clipmill {
namespace {

using nlohmann::json;

constexpr std::string_view kJobs = "/v1/queue/jobs/";
constexpr std::size_t kQueuePage = 50;
constexpr std::size_t kLongestQueuePage = 1'000;

/// A parameter of the query that cannot be meant.
struct QueryProblem {
  std::string name, message;
};

template <typename Number>
Number number_of(const HttpRequest& request, const std::string& name, Number otherwise, Number least,
                 Number most) {
  const auto found = request.query.find(name);
  if (found == request.query.end()) return otherwise;
  const auto number = number_in<Number>(found->second);
  if (!number || *number < least || *number > most)
    throw QueryProblem{name, fmt::format("{}: must be a number from {} to {}", name, least, most)};
  return *number;
}

std::optional<JobState> asked_state(const HttpRequest& request) {
  const auto found = request.query.find("state");
  if (found == request.query.end() || found->second.empty()) return std::nullopt;
  if (const auto state = job_state_from(found->second)) return state;
  throw QueryProblem{"state", "state: must be waiting, running, done, failed, cancelled or quarantined"};
}

bool newest_first(const HttpRequest& request) {
  const auto found = request.query.find("order");
  if (found == request.query.end() || found->second == "asc") return false;
  if (found->second == "desc") return true;
  throw QueryProblem{"order", "order: must be asc or desc"};
}

JobQuery page_asked(const HttpRequest& request) {
  constexpr JobId kMost = std::numeric_limits<JobId>::max();
  return {.after = number_of<JobId>(request, "after", 0, 0, kMost),
          .limit = number_of<std::size_t>(request, "limit", kQueuePage, 1, kLongestQueuePage),
          .newest_first = newest_first(request),
          .state = asked_state(request)};
}

json page(const Service& service, const HttpRequest& request, const std::filesystem::path& videos) {
  const QueueView view = service.queue(page_asked(request));
  json jobs = json::array();
  for (const JobView& job : view.jobs) jobs.push_back(job_row(job, videos));
  return {{"paused", view.paused},
          {"devices", to_json(view.devices)},
          {"counts", to_json(view.counts)},
          {"jobs", std::move(jobs)},
          {"has_more", view.more}};
}

HttpResponse no_such(const HttpRequest& request) {
  return error_response(404, fmt::format("there is no {} {}", request.method, shorten(request.path, 100)));
}

HttpResponse changed(Service& service, const HttpRequest& request) {
  const QueueChange* change = find_queue_change(request.path);
  if (!change) return no_such(request);
  if (change->job) return {200, json_text(change_jobs(service, json::parse(request.body), change->job))};
  (service.*change->queue)();
  return {200, "{}"};
}

HttpResponse shown(const Service& service, const HttpRequest& request, const std::filesystem::path& videos) {
  if (request.path == "/v1/queue") return {200, json_text(page(service, request, videos))};
  if (!request.path.starts_with(kJobs)) return no_such(request);
  const auto id = number_in<JobId>(std::string_view(request.path).substr(kJobs.size()));
  if (!id || !service.find(*id)) return no_such(request);
  return {200, json_text(job_row(service.show(*id), videos))};
}

HttpResponse answer_shared(Service& service, const HttpRequest& request,
                           const std::filesystem::path& videos) try {
  if (request.method == "GET") return shown(service, request, videos);
  return request.method == "POST" ? changed(service, request) : no_such(request);
} catch (const QueryProblem& problem) {
  return error_response(400, problem.message, problem.name);
} catch (const json::exception&) {
  return error_response(400, "ids: the body must be {\"ids\": [1, 2, …]}", "ids");
} catch (const Error& error) {
  return error_response(status_of(error.kind()), error.what());
}

}  // namespace

HttpHandler shared_queue_api(Service& service, std::filesystem::path videos) {
  return [&service, videos = std::move(videos)](const HttpRequest& request) {
    return answer_shared(service, request, videos);
  };
}

}  // namespace clipmill
