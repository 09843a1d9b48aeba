#include "serve/http_gate.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>

#include "base/number.h"
#include "base/text.h"
#include "serve/dashboard.h"
#include "serve/http_error.h"

namespace clipmill {
namespace {

constexpr std::string_view kBearer = "bearer ";
constexpr std::array<std::string_view, 3> kOpen = {"/healthz", "/readyz", "/openapi.json"};
constexpr std::array<std::string_view, 2> kSubmitted = {"/v1/videos", "/v1/batches"};

bool same(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  unsigned different = 0;
  for (std::size_t i = 0; i < a.size(); ++i) different |= static_cast<unsigned char>(a[i] ^ b[i]);
  return different == 0;
}

/// Of this machine, with a port behind it or without.
bool is_own_name(std::string_view host) {
  const std::string lower = lower_case(host);
  for (const std::string_view name : {"localhost", "127.0.0.1", "[::1]"}) {
    if (!lower.starts_with(name)) continue;
    const std::string_view rest = std::string_view(lower).substr(name.size());
    if (rest.empty() || (rest.starts_with(':') && number_in<std::uint16_t>(rest.substr(1)))) return true;
  }
  return false;
}

/// "http://localhost:8000"; none: no browser asks, or the page is this server's.
bool is_own_origin(const std::string& origin) {
  const std::size_t scheme = origin.find("://");
  return origin.empty() ||
         (scheme != origin.npos && is_own_name(std::string_view(origin).substr(scheme + 3)));
}

/// The page asks for a token itself.
bool is_page(const HttpRequest& request) {
  return request.method == "GET" && (request.path == "/" || request.path.starts_with(kDashboard));
}

std::optional<HttpResponse> without_tokens(const HttpRequest& request) {
  if (!is_own_name(request.header("host")))
    return error_response(403, "without tokens this server answers to localhost and 127.0.0.1 only");
  if (!is_own_origin(request.header("origin")))
    return error_response(403, "without tokens this server does not answer pages of other sites");
  return std::nullopt;
}

/// Of the token that is given; nullptr: none that is known.
const Client* client_of(const std::string& given, const std::vector<Token>& tokens) {
  if (!lower_case(given).starts_with(kBearer)) return nullptr;
  const auto found = std::ranges::find_if(tokens, [&](const Token& token) {
    return same(std::string_view(given).substr(kBearer.size()), token.secret);
  });
  return found == tokens.end() ? nullptr : &found->client;
}

std::optional<HttpResponse> without_scope(const HttpRequest& request) {
  const Scope scope = scope_of(request.method, request.path);
  if (request.client.scopes.contains(scope)) return std::nullopt;
  return error_response(403, fmt::format("this token has no scope \"{}\"", to_string(scope)), "",
                        "insufficient_scope");
}

std::optional<HttpResponse> with_tokens(HttpRequest& request, const std::vector<Token>& tokens) {
  if (const Client* client = client_of(request.header("authorization"), tokens)) {
    request.client = *client;
    return without_scope(request);
  }
  HttpResponse refusal = error_response(401, "a token of this server's is missing: Authorization: Bearer", "",
                                        "invalid_api_key");
  refusal.headers["WWW-Authenticate"] = "Bearer";
  return refusal;
}

}  // namespace

HttpGate token_gate(std::vector<Token> tokens) {
  return [tokens = std::move(tokens)](HttpRequest& request) -> std::optional<HttpResponse> {
    if (request.method == "GET" && std::ranges::count(kOpen, request.path) > 0) return std::nullopt;
    if (tokens.empty()) return without_tokens(request);
    return is_page(request) ? std::nullopt : with_tokens(request, tokens);
  };
}

Scope scope_of(const std::string& method, const std::string& path) {
  if (path.starts_with("/v1/queue")) return Scope::kOperate;  // shows everybody's jobs
  if (method == "GET") return Scope::kRead;
  const bool is_submitted = std::ranges::any_of(kSubmitted, [&](std::string_view prefix) {
    return path.starts_with(prefix) && (path.size() == prefix.size() || path[prefix.size()] == '/');
  });
  return is_submitted ? Scope::kSubmit : Scope::kOperate;
}

}  // namespace clipmill
