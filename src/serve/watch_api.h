// The service's health over HTTP: for Prometheus, for load balancers, for the dashboard and clipmill top.
#pragma once

#include <functional>
#include <string>

#include "observe/watch.h"
#include "serve/routes.h"

namespace clipmill {

/// GET /healthz (the server answers), /readyz (503, and why, where no device works or the service stands
/// still, or as `trouble` says), /metrics (Prometheus' text format), /v1/health, /v1/history?seconds=3600.
Routes watch_api(
    const Watch& watch, const std::function<std::string()>& trouble = [] { return std::string(); });

}  // namespace clipmill
