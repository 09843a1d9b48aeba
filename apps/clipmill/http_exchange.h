// One request by HTTP and its answer, as the command line and the daemon ask others.
#pragma once

#include <filesystem>
#include <limits>
#include <optional>
#include <string>

namespace clipmill {

struct HttpAsked {
  std::string url;                       ///< http or https
  std::optional<std::string> body = {};  ///< JSON that is posted; without it, it is a GET
  std::filesystem::path socket = {};     ///< a Unix socket to ask instead of the host; empty: none
  long seconds = 60;                     ///< until it is given up
  std::size_t kept = std::numeric_limits<std::size_t>::max();  ///< bytes of the answer; the rest is dropped
};

struct HttpAnswer {
  long status = 0;  ///< 0: there was no answer
  std::string body = {};
  std::string trouble = {};  ///< why there was none
  bool refused = false;      ///< nobody listens there
};

/// Never throws for the other side's sake.
HttpAnswer http_exchange(const HttpAsked& asked);

}  // namespace clipmill
