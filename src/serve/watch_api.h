// The service's health over HTTP: for Prometheus, for load balancers, for the dashboard and clipmill top.
#pragma once

#include "observe/watch.h"
#include "serve/http.h"
#include "serve/routes.h"

namespace clipmill {

/// Adds watch_api's paths to `routes`.
void add_watch_routes(Routes& routes, const Watch& watch);

/// GET /metrics (Prometheus' text format), GET /readyz (503, and why, where no device works or the service
/// stands still), GET /v1/health, GET /v1/history?seconds=3600. Errors as in http_error.h.
HttpHandler watch_api(const Watch& watch);

}  // namespace clipmill
