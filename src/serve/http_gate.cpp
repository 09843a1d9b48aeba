#include "serve/http_gate.h"

#include <algorithm>
#include <cstdint>
#include <string_view>

#include "base/number.h"
#include "base/text.h"
#include "serve/dashboard.h"
#include "serve/http_error.h"

namespace clipmill {
namespace {

constexpr std::string_view kBearer = "bearer ";

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

std::optional<HttpResponse> with_tokens(const HttpRequest& request, const std::vector<std::string>& tokens) {
  const std::string given = request.header("authorization");
  const auto is_given = [&](const std::string& token) {
    return same(std::string_view(given).substr(kBearer.size()), token);
  };
  if (lower_case(given).starts_with(kBearer) && std::ranges::any_of(tokens, is_given)) return std::nullopt;
  HttpResponse refusal = error_response(401, "a token of this server's is missing: Authorization: Bearer", "",
                                        "invalid_api_key");
  refusal.headers["WWW-Authenticate"] = "Bearer";
  return refusal;
}

}  // namespace

HttpGate token_gate(std::vector<std::string> tokens) {
  return [tokens = std::move(tokens)](const HttpRequest& request) -> std::optional<HttpResponse> {
    const bool asks_how_it_is = request.path == "/healthz" || request.path == "/readyz";
    if (request.method == "GET" && asks_how_it_is) return std::nullopt;
    if (tokens.empty()) return without_tokens(request);
    return is_page(request) ? std::nullopt : with_tokens(request, tokens);
  };
}

std::vector<std::string> tokens_in(const std::string& text) {
  std::vector<std::string> tokens;
  for (const std::string_view line : pieces(text, '\n')) {
    const std::string_view token = trimmed(line);
    if (!token.empty() && !token.starts_with('#')) tokens.emplace_back(token);
  }
  return tokens;
}

}  // namespace clipmill
