// The command line's side of the daemon's socket.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "clipmill/daemon_place.h"

namespace clipmill {

class DaemonClient {
 public:
  explicit DaemonClient(DaemonPlace place) : place_(std::move(place)) {}

  /// The answer's JSON. Throws Error: kInput where no daemon answers or where it refuses.
  nlohmann::json get(const std::string& path) const { return request("GET", path, {}); }
  nlohmann::json post(const std::string& path, const nlohmann::json& body) const {
    return request("POST", path, body.dump());
  }

 private:
  nlohmann::json request(const std::string& method, const std::string& path, const std::string& body) const;

  DaemonPlace place_;
};

}  // namespace clipmill
