#include "clipmill/otlp_client.h"

#include "base/error.h"
#include "clipmill/http_exchange.h"

namespace clipmill {
namespace {

constexpr long kOtlpSeconds = 30;
constexpr std::size_t kShownAnswer = 200;

/// "http://host:4318" and "http://host:4318/" become "http://host:4318/v1/traces".
std::string with_path(std::string url) {
  const std::size_t path = url.find('/', url.find("://") + 3);
  if (path == std::string::npos) return url + "/v1/traces";
  if (path + 1 == url.size()) return url + "v1/traces";
  return url;
}

Error otlp_error(const std::string& url, const std::string& why) {
  return Error(ErrorKind::kIo, fmt::format("{} did not take the spans: {}", url, why),
               "is it the collector's OTLP/HTTP port? 4318 by default");
}

}  // namespace

void post_otlp(const std::string& url, const std::string& json) {
  const std::string target = with_path(url);
  const HttpAnswer answer =
      http_exchange({.url = target, .body = json, .seconds = kOtlpSeconds, .kept = kShownAnswer});
  if (!answer.trouble.empty()) throw otlp_error(target, answer.trouble);
  if (answer.status / 100 != 2)
    throw otlp_error(target, fmt::format("status {}, {}", answer.status, answer.body));
}

}  // namespace clipmill
