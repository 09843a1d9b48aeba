#include "serve/dashboard.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/text.h"
#include "serve/http_error.h"

namespace clipmill {
namespace {

constexpr const char* kPolicy =
    "default-src 'self'; img-src 'self' blob: data:; media-src 'self' blob:; object-src 'none'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

constexpr std::array<std::pair<std::string_view, const char*>, 4> kFileTypes = {{
    {".html", "text/html; charset=utf-8"},
    {".css", "text/css; charset=utf-8"},
    {".js", "text/javascript; charset=utf-8"},
    {".svg", "image/svg+xml"},
}};

std::string_view name_asked(std::string_view path) {
  if (path == "/") return "index.html";
  return path.starts_with(kDashboard) ? path.substr(kDashboard.size()) : "";
}

const char* type_of(std::string_view name) {
  const auto found =
      std::ranges::find_if(kFileTypes, [&](const auto& each) { return name.ends_with(each.first); });
  return found == kFileTypes.end() ? "application/octet-stream" : found->second;
}

HttpResponse file_asked(std::span<const EmbeddedFile> files, const HttpRequest& request) {
  const auto found = std::ranges::find(files, name_asked(request.path), &EmbeddedFile::name);
  if (found == files.end())
    return error_response(404, fmt::format("there is no {} {}", request.method, shorten(request.path, 100)));
  return {.body = std::string(found->bytes),
          .type = type_of(found->name),
          .headers = {{"Content-Security-Policy", kPolicy},
                      {"X-Content-Type-Options", "nosniff"},
                      {"Referrer-Policy", "no-referrer"},
                      {"Cache-Control", "no-cache"}}};
}

}  // namespace

HttpHandler dashboard(std::span<const EmbeddedFile> files) {
  return [files](const HttpRequest& request) {
    return request.method == "GET" ? file_asked(files, request) : only_read(request.path);
  };
}

}  // namespace clipmill
