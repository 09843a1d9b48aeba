// Who may ask over TCP.
#pragma once

#include <string>
#include <vector>

#include "serve/http.h"

namespace clipmill {

/// `handler` for those who name one of `tokens` ("Authorization: Bearer …"), and GET /healthz for anybody.
/// With no tokens, for whoever calls this machine by a name of its own: pages of other sites that a browser
/// shows have others. Comparing takes the same time wherever tokens differ.
HttpHandler guarded(HttpHandler handler, std::vector<std::string> tokens);

/// Lines of `text` that are not empty and no comments (#).
std::vector<std::string> tokens_in(const std::string& text);

}  // namespace clipmill
