// Requests and answers of HTTP as plain values, so that handlers need no server to be tested.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>

#include "serve/client.h"
#include "serve/http_stream.h"

namespace clipmill {

struct HttpRequest {
  std::string method;                               ///< "GET"
  std::string path;                                 ///< "/v1/jobs/7", decoded
  std::map<std::string, std::string> query = {};    ///< decoded
  std::string body = {};                            ///< empty where it was a form
  std::map<std::string, std::string> headers = {};  ///< names in lower case
  std::map<std::string, std::string> form = {};  ///< fields of a multipart body; of files nothing but the key
  std::set<std::string> files = {};              ///< keys of `form` that are files
  Client client = {};                            ///< who asks, as the server's gate found

  /// "" where there is none; `name` in lower case.
  std::string header(const std::string& name) const {
    const auto found = headers.find(name);
    return found == headers.end() ? "" : found->second;
  }
};

struct HttpResponse {
  int status = 200;
  std::string body = {};
  std::string type = "application/json";
  std::filesystem::path file = {};  ///< sent instead of `body`, the range that was asked for
  std::map<std::string, std::string> headers = {};
  std::shared_ptr<HttpStream> stream = {};  ///< sent instead of `body` until it ends or the client goes
};

/// Called from several threads. What it throws becomes an answer with status 500.
using HttpHandler = std::function<HttpResponse(const HttpRequest&)>;

}  // namespace clipmill
