#include "serve/report_api.h"

#include <nlohmann/json.hpp>

#include "observe/history_json.h"
#include "observe/hour.h"
#include "serve/asked.h"
#include "serve/json_text.h"

namespace clipmill {
namespace {

using nlohmann::json;

constexpr double kLeastSeconds = 1, kUsualSeconds = 3'600, kMostSeconds = kMostHistorySeconds;

struct Window {
  double since, now;  // Unix seconds
};

Window window_asked(const ReportParts& parts, const HttpRequest& request) {
  const double now = parts.wall_time();
  return {now - number_asked<double>(request, "seconds", kUsualSeconds, kLeastSeconds, kMostSeconds), now};
}

json report(const ReportParts& parts, const Window& window) {
  const History history = parts.service.history(window.since - reference_seconds(window.now - window.since));
  const Residence residence = parts.residence ? parts.residence(history) : Residence();
  return to_json(hour_of(history, {window.since, window.now}, residence));
}

json gantt(const ReportParts& parts, const Window& window) {
  return gantt_json(parts.service.history(window.since));
}

json spans(const ReportParts& parts, const Window& window) {
  return to_json(parts.service.history(window.since));
}

Routes of_window(const char* path, json (*made)(const ReportParts&, const Window&),
                 const ReportParts& parts) {
  return Routes().add("GET", path,
                      [made, parts](const HttpRequest& request, std::string_view) -> HttpResponse {
                        return {200, json_text(made(parts, window_asked(parts, request)))};
                      });
}

}  // namespace

Routes report_api(const ReportParts& parts) {
  return of_window("/v1/gantt", gantt, parts).add(of_window("/v1/report", report, parts));
}

Routes span_api(const ReportParts& parts) { return of_window("/v1/spans", spans, parts); }

}  // namespace clipmill
