// Which part of an API answers a request.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "serve/http.h"

namespace clipmill {

/// A table of methods and paths. An API is one, and several behind one port are, too.
class Routes {
 public:
  /// `name`: what stands in the request's path where the route's has "{}". It may throw RequestProblem or
  /// Error(kInput, kCancelled), which become refusals (http_error.h); other errors are the server's own.
  using Answer = std::function<HttpResponse(const HttpRequest&, std::string_view name)>;

  /// A path may have one "{}", which stands for one segment that is not empty.
  Routes& add(std::string method, std::string path, Answer answer);
  /// Behind those it has: the first that fits answers.
  Routes& add(Routes others);

  /// 404 where no route has the path, 405 where none of those takes the method.
  HttpResponse operator()(const HttpRequest& request) const;

 private:
  struct Route {
    std::string method, path;
    Answer answer;
  };
  std::vector<Route> routes_;
};

}  // namespace clipmill
