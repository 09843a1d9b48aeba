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

const char* type_of(std::string_view name) {
  const auto found =
      std::ranges::find_if(kFileTypes, [&](const auto& each) { return name.ends_with(each.first); });
  return found == kFileTypes.end() ? "application/octet-stream" : found->second;
}

HttpResponse file_named(std::span<const EmbeddedFile> files, std::string_view name) {
  const auto found = std::ranges::find(files, name, &EmbeddedFile::name);
  if (found == files.end())
    throw RequestProblem{fmt::format("the dashboard has no {}", shorten(name, 100)), "", 404};
  return {.body = std::string(found->bytes),
          .type = type_of(found->name),
          .headers = {{"Content-Security-Policy", kPolicy},
                      {"X-Content-Type-Options", "nosniff"},
                      {"Referrer-Policy", "no-referrer"},
                      {"Cache-Control", "no-cache"}}};
}

}  // namespace

Routes dashboard(std::span<const EmbeddedFile> files) {
  Routes routes;
  routes.add("GET", "/",
             [files](const HttpRequest&, std::string_view) { return file_named(files, "index.html"); });
  routes.add("GET", std::string(kDashboard) + "{}",
             [files](const HttpRequest&, std::string_view name) { return file_named(files, name); });
  return routes;
}

}  // namespace clipmill
