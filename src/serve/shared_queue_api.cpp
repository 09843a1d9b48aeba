#include "serve/shared_queue_api.h"

#include <nlohmann/json.hpp>
#include <string_view>

#include "base/number.h"
#include "base/text.h"
#include "serve/asked.h"
#include "serve/job_row.h"
#include "serve/json_text.h"
#include "serve/queue_json.h"

namespace clipmill {
namespace {

using nlohmann::json;

constexpr std::size_t kQueuePage = 50;

json page(const Service& service, const HttpRequest& request, const std::filesystem::path& videos) {
  const QueueView view = service.queue(query_asked(request, kQueuePage));
  json jobs = json::array();
  for (const JobView& job : view.jobs) jobs.push_back(job_row(job, videos));
  return {{"paused", view.paused},
          {"devices", to_json(view.devices)},
          {"counts", to_json(view.counts)},
          {"jobs", std::move(jobs)},
          {"has_more", view.more}};
}

json row(const Service& service, std::string_view number, const std::filesystem::path& videos) {
  const auto id = number_in<JobId>(number);
  if (!id || !service.find(*id))
    throw RequestProblem{fmt::format("there is no job {}", shorten(number, 60)), "", 404};
  return job_row(service.show(*id), videos);
}

}  // namespace

Routes shared_queue_api(Service& service, const std::filesystem::path& videos) {
  Routes routes = queue_changes(service);
  routes.add("GET", "/v1/queue",
             [&service, videos](const HttpRequest& request, std::string_view) -> HttpResponse {
               return {200, json_text(page(service, request, videos))};
             });
  routes.add("GET", "/v1/queue/jobs/{}",
             [&service, videos](const HttpRequest&, std::string_view id) -> HttpResponse {
               return {200, json_text(row(service, id, videos))};
             });
  return routes;
}

}  // namespace clipmill
