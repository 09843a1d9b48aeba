// A history as OpenTelemetry traces (OTLP/HTTP in JSON).
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <vector>

#include "core/history.h"

namespace clipmill {

/// Bodies for POST /v1/traces, none with more than `most_spans` spans unless one job has more. A trace a job:
/// the job, below it its attempts, below these a span a stage. Only what has ended is told; the same history
/// gives the same ids, so that what is sent twice is stored once.
std::vector<nlohmann::json> otlp_requests(const History& history, std::size_t most_spans = 2'000);

}  // namespace clipmill
