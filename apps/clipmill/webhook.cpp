#include "clipmill/webhook.h"

#include <fmt/format.h>

#include <chrono>
#include <thread>

#include "clipmill/http_exchange.h"

namespace clipmill {
namespace {

constexpr long kWebhookSeconds = 10;
constexpr int kTries = 3;

struct Delivery {
  std::string trouble;  ///< empty: it was taken
  bool may_pass = true;
};

Delivery post_once(const std::string& url, const std::string& body) {
  const HttpAnswer answer = http_exchange({.url = url, .body = body, .seconds = kWebhookSeconds, .kept = 0});
  if (!answer.trouble.empty()) return {answer.trouble};
  if (answer.status >= 200 && answer.status < 300) return {};
  return {fmt::format("it answered {}", answer.status), answer.status >= 500};
}

}  // namespace

std::string post_to_webhook(const std::string& url, const std::string& body, const std::stop_token& stop) {
  Delivery last;
  for (int i = 0; i < kTries; ++i) {
    if (i > 0) std::this_thread::sleep_for(std::chrono::seconds(i));
    last = post_once(url, body);
    if (last.trouble.empty() || !last.may_pass || stop.stop_requested()) break;
  }
  return last.trouble;
}

}  // namespace clipmill
