// What ran where and when, and the account of it, over HTTP.
#pragma once

#include <functional>

#include "observe/guide_formula.h"
#include "serve/http.h"
#include "serve/service.h"

namespace clipmill {

struct ReportParts {
  Service& service;
  std::function<double()> wall_time;                        ///< Unix seconds
  std::function<Residence(const History&)> residence = {};  ///< what jobs take of memory; empty: not known
};

/// GET /v1/gantt, /v1/report (observe/hour.h) and /v1/spans (observe/history_json.h), each of the last
/// ?seconds=3600, at most 30 days. An error is {"error": {…}} as in serve/http_error.h.
HttpHandler report_api(ReportParts parts);

}  // namespace clipmill
