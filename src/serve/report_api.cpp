#include "serve/report_api.h"

#include <nlohmann/json.hpp>

#include "base/number.h"
#include "observe/history_json.h"
#include "observe/hour.h"
#include "serve/http_error.h"
#include "serve/json_text.h"

namespace clipmill {
namespace {

constexpr double kMostSeconds = 30 * 86'400.0, kUsualSeconds = 3'600;

/// Empty where it is none.
std::optional<double> seconds_asked(const HttpRequest& request) {
  const auto found = request.query.find("seconds");
  if (found == request.query.end()) return kUsualSeconds;
  const auto seconds = number_in<double>(found->second);
  if (!seconds || !(*seconds > 0 && *seconds <= kMostSeconds)) return std::nullopt;
  return seconds;
}

nlohmann::json report(const ReportParts& parts, double since, double now) {
  const History history = parts.service.history(since - kReferenceSeconds);
  const Residence residence = parts.residence ? parts.residence(history) : Residence();
  return to_json(hour_of(history, {since, now}, residence));
}

HttpResponse answer_report(const ReportParts& parts, const HttpRequest& request) {
  const auto seconds = seconds_asked(request);
  if (!seconds) return error_response(400, "seconds is more than 0 and at most 2592000 (30 days)", "seconds");
  const double now = parts.wall_time(), since = now - *seconds;
  if (request.path == "/v1/gantt") return {200, json_text(gantt_json(parts.service.history(since)))};
  if (request.path == "/v1/spans") return {200, json_text(to_json(parts.service.history(since)))};
  return {200, json_text(report(parts, since, now))};
}

}  // namespace

HttpHandler report_api(ReportParts parts) {
  return [parts = std::move(parts)](const HttpRequest& request) {
    if (request.method != "GET") return only_read(request.path);
    return answer_report(parts, request);
  };
}

}  // namespace clipmill
