#include "serve/routes.h"

#include <optional>
#include <utility>

#include "base/text.h"
#include "serve/http_error.h"

namespace clipmill {
namespace {

constexpr std::size_t kEchoedPath = 100;

/// What stands in `path` where `pattern` has "{}"; "" where it has none. Empty where they differ.
std::optional<std::string_view> matched(std::string_view path, std::string_view pattern) {
  const std::size_t place = pattern.find("{}");
  if (place == pattern.npos) return path == pattern ? std::optional(std::string_view()) : std::nullopt;
  const std::string_view before = pattern.substr(0, place), behind = pattern.substr(place + 2);
  if (!path.starts_with(before) || !path.ends_with(behind) || path.size() <= before.size() + behind.size())
    return std::nullopt;
  const std::string_view name = path.substr(before.size(), path.size() - before.size() - behind.size());
  return name.find('/') == name.npos ? std::optional(name) : std::nullopt;
}

HttpResponse refusal(const HttpRequest& request, const std::string& allowed) {
  const std::string path = shorten(request.path, kEchoedPath);
  if (allowed.empty()) return error_response(404, fmt::format("there is no {}", path));
  HttpResponse answer = error_response(405, fmt::format("{} takes {}", path, allowed));
  answer.headers["Allow"] = allowed;
  return answer;
}

}  // namespace

Routes& Routes::add(std::string method, std::string path, Answer answer) {
  routes_.push_back({std::move(method), std::move(path), std::move(answer)});
  return *this;
}

Routes& Routes::add(Routes others) {
  for (Route& route : others.routes_) routes_.push_back(std::move(route));
  return *this;
}

HttpResponse Routes::operator()(const HttpRequest& request) const try {
  std::string allowed;
  for (const Route& route : routes_) {
    const auto name = matched(request.path, route.path);
    if (!name) continue;
    if (route.method == request.method) return route.answer(request, *name);
    allowed += fmt::format("{}{}", allowed.empty() ? "" : ", ", route.method);
  }
  return refusal(request, allowed);
} catch (const RequestProblem& problem) {
  return error_response(problem);
} catch (const Error& error) {
  if (error.kind() != ErrorKind::kInput && error.kind() != ErrorKind::kCancelled) throw;
  return error_response(error);
}

}  // namespace clipmill
