#include "serve/guard.h"

#include <algorithm>
#include <string_view>

#include "base/text.h"

namespace clipmill {
namespace {

constexpr std::string_view kBearer = "Bearer ";

bool same(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  unsigned different = 0;
  for (std::size_t i = 0; i < a.size(); ++i) different |= static_cast<unsigned char>(a[i] ^ b[i]);
  return different == 0;
}

bool is_own_name(std::string_view host) {
  const std::size_t end = host.starts_with('[') ? host.find(']') + 1 : std::min(host.find(':'), host.size());
  const std::string_view name = host.substr(0, end);
  return name == "localhost" || name == "127.0.0.1" || name == "[::1]";
}

HttpResponse refused(int status, const char* message) {
  return {status, std::string(R"({"error":{"message":")") + message +
                      R"(","type":"invalid_request_error","param":null,"code":"invalid_api_key"}})"};
}

}  // namespace

HttpHandler guarded(HttpHandler handler, std::vector<std::string> tokens) {
  return [handler = std::move(handler),
          tokens = std::move(tokens)](const HttpRequest& request) -> HttpResponse {
    if (request.method == "GET" && request.path == "/healthz") return handler(request);
    if (tokens.empty()) {
      return is_own_name(request.header("host")) ? handler(request)
                                                 : refused(403, "this address is not called by that name");
    }
    const std::string given = request.header("authorization");
    const bool known =
        given.starts_with(kBearer) && std::ranges::any_of(tokens, [&](const std::string& token) {
          return same(std::string_view(given).substr(kBearer.size()), token);
        });
    return known ? handler(request)
                 : refused(401, "a token of this server's is missing: Authorization: Bearer");
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
