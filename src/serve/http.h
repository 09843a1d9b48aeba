// Requests and answers of HTTP as plain values, so that handlers need no server to be tested.
#pragma once

#include <functional>
#include <map>
#include <string>

namespace clipmill {

struct HttpRequest {
  std::string method;                        ///< "GET"
  std::string path;                          ///< "/v1/jobs/7", decoded
  std::map<std::string, std::string> query;  ///< decoded
  std::string body;
};

struct HttpResponse {
  int status = 200;
  std::string body;
  std::string type = "application/json";
};

/// Called from several threads. What it throws becomes an answer with status 500.
using HttpHandler = std::function<HttpResponse(const HttpRequest&)>;

}  // namespace clipmill
