// Who may ask over TCP, judged by a request's head before its body is taken in.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "serve/http.h"

namespace clipmill {

/// The refusal of a request of which method, path and headers are known; empty: it may go on.
using HttpGate = std::function<std::optional<HttpResponse>(const HttpRequest&)>;

/// Lets in who names one of `tokens` ("Authorization: Bearer …"), GET /healthz and /readyz, and the
/// dashboard's own files. With no tokens, who calls this machine by a name of its own, and no page of another
/// site (Origin) does. Comparing takes the same time wherever tokens differ.
HttpGate token_gate(std::vector<std::string> tokens);

/// Lines of `text` that are not empty and no comments (#).
std::vector<std::string> tokens_in(const std::string& text);

}  // namespace clipmill
