// What ran where and when, and the account of it, over HTTP.
#pragma once

#include <functional>

#include "observe/guide_formula.h"
#include "serve/routes.h"
#include "serve/service.h"

namespace clipmill {

struct ReportParts {
  Service& service;
  std::function<double()> wall_time;                        ///< Unix seconds
  std::function<Residence(const History&)> residence = {};  ///< what jobs take of memory; empty: not known
};

/// GET /v1/gantt and /v1/report (observe/hour.h), each of the last ?seconds=3600, at most 31 days.
Routes report_api(const ReportParts& parts);

/// GET /v1/spans (observe/history_json.h), the same. It tells prompts and paths of everybody's jobs.
Routes span_api(const ReportParts& parts);

}  // namespace clipmill
