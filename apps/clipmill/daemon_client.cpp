#include "clipmill/daemon_client.h"

#include "base/error.h"
#include "clipmill/http_exchange.h"

namespace clipmill {

nlohmann::json DaemonClient::request(const std::string& method, const std::string& path,
                                     const std::string& body) const {
  const std::string socket = place_.socket().string();
  const HttpAnswer answer = http_exchange({.url = "http://localhost" + path,
                                           .body = method == "POST" ? std::optional(body) : std::nullopt,
                                           .socket = socket});
  if (answer.refused) {
    throw Error(ErrorKind::kInput, fmt::format("no daemon answers on {}", socket),
                "start one: clipmill daemon &   (or clipmill run, which needs none)");
  }
  if (!answer.trouble.empty())
    throw Error(ErrorKind::kIo, fmt::format("the daemon did not answer: {}", answer.trouble));
  const auto object = nlohmann::json::parse(answer.body, nullptr, false);
  if (object.is_discarded()) throw Error(ErrorKind::kIo, "the daemon's answer cannot be read");
  if (answer.status == 200) return object;
  const auto& error = object.at("error");
  throw Error(answer.status < 500 ? ErrorKind::kInput : ErrorKind::kIo,
              error.value("reason", error.value("message", "?")), error.value("hint", ""));
}

}  // namespace clipmill
