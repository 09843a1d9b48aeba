// Who may ask over TCP, judged by a request's head before its body is taken in.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "serve/http.h"
#include "serve/token_file.h"

namespace clipmill {

/// The refusal of a request of which method, path and headers are known; empty: it may go on, as the `client`
/// that the gate then has set.
using HttpGate = std::function<std::optional<HttpResponse>(HttpRequest&)>;

/// Lets in who names one of `tokens` ("Authorization: Bearer …") that has the scope, and all to
/// /healthz, /readyz, /openapi.json and the dashboard's own files. With no tokens, who calls this machine by
/// a name of its own, and no page of another site (Origin) does. Comparing takes the same time wherever
/// tokens differ.
HttpGate token_gate(std::vector<Token> tokens);

/// What a request needs: GET reads (the queue, which shows everybody's jobs, wants to operate), videos are
/// submitted and deleted, all else operates.
Scope scope_of(const std::string& method, const std::string& path);

}  // namespace clipmill
