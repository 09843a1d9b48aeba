// Several APIs behind one port.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "serve/http.h"
#include "serve/http_error.h"

namespace clipmill {

/// The handler of the first prefix, of those added, whose segments the path begins with: "/v1/videos" has
/// "/v1/videos" and "/v1/videos/7", not "/v1/videosphere"; "/" has all.
class Routes {
 public:
  void add(std::string prefix, HttpHandler handler) {
    routes_.push_back({std::move(prefix), std::move(handler), false});
  }
  /// Of that path alone, with nothing behind it.
  void add_page(std::string path, HttpHandler handler) {
    routes_.push_back({std::move(path), std::move(handler), true});
  }

  HttpResponse operator()(const HttpRequest& request) const {
    for (const auto& [path, handler, alone] : routes_) {
      if (alone ? request.path == path : begins(request.path, path)) return handler(request);
    }
    return error_response(404, "there is no " + request.path);
  }

 private:
  static bool begins(const std::string& path, const std::string& prefix) {
    return path.starts_with(prefix) &&
           (prefix.ends_with('/') || path.size() == prefix.size() || path[prefix.size()] == '/');
  }

  struct Route {
    std::string path;
    HttpHandler handler;
    bool alone;
  };
  std::vector<Route> routes_;
};

}  // namespace clipmill
