// The queue for clients over TCP: to look at and to change, not to fill. What names files and programs of
// this machine comes in by the Unix socket alone.
#pragma once

#include <filesystem>

#include "serve/routes.h"
#include "serve/service.h"

namespace clipmill {

/// GET /v1/queue with `limit` (1 to 1000, else 50), `after` (a job's number), `state` and `order` (asc,
/// desc):
/// {"paused", "devices", "counts", "jobs": [rows (job_row.h)], "has_more"}; GET /v1/queue/jobs/ID: one row;
/// POST /v1/queue/jobs/{cancel,retry,pause,resume} with {"ids": […]}, /v1/queue/{pause,resume}. `videos`: the
/// folder of /v1/videos.
Routes shared_queue_api(Service& service, const std::filesystem::path& videos);

}  // namespace clipmill
