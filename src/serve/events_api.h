// GET /v1/events.
#pragma once

#include "serve/event_stream.h"
#include "serve/routes.h"

namespace clipmill {

/// Server-sent events of all jobs, from now on or from behind the `Last-Event-ID` that the client names.
Routes events_api(EventStream& events);

}  // namespace clipmill
