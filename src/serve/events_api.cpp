#include "serve/events_api.h"

#include "base/number.h"
#include "serve/http_error.h"

namespace clipmill {
namespace {

/// Of the server's connections, which a sleeping stream never gives back by itself.
constexpr std::size_t kMostEventClients = 512;

}  // namespace

Routes events_api(EventStream& events) {
  return Routes().add(
      "GET", "/v1/events", [&events](const HttpRequest& request, std::string_view) -> HttpResponse {
        if (events.clients() >= kMostEventClients)
          return error_response(503, "too many look on already: ask again later, or read /v1/queue");
        const std::string last = request.header("last-event-id");
        const auto number = number_in<std::uint64_t>(last);
        if (!last.empty() && !number) return error_response(400, "Last-Event-ID: is no number of an event");
        return {.type = "text/event-stream",
                .headers = {{"Cache-Control", "no-store"}, {"X-Accel-Buffering", "no"}},
                .stream = events.subscribe(number)};
      });
}

}  // namespace clipmill
