#include "clipmill/webhook.h"

#include <curl/curl.h>
#include <fmt/format.h>

#include <chrono>
#include <memory>
#include <thread>

namespace clipmill {
namespace {

constexpr long kWebhookSeconds = 10;
constexpr int kTries = 3;

std::size_t ignore_answer(char*, std::size_t size, std::size_t count, void*) { return size * count; }

struct Answer {
  std::string trouble;  ///< empty: it was taken
  bool may_pass = true;
};

Answer post_once(const std::string& url, const std::string& body) {
  const std::unique_ptr<CURL, void (*)(CURL*)> curl(curl_easy_init(), curl_easy_cleanup);
  const std::unique_ptr<curl_slist, void (*)(curl_slist*)> headers(
      curl_slist_append(nullptr, "Content-Type: application/json"), curl_slist_free_all);
  curl_easy_setopt(curl.get(), CURLOPT_URL, url.c_str());
  curl_easy_setopt(curl.get(), CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(curl.get(), CURLOPT_TIMEOUT, kWebhookSeconds);
  curl_easy_setopt(curl.get(), CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl.get(), CURLOPT_HTTPHEADER, headers.get());
  curl_easy_setopt(curl.get(), CURLOPT_POSTFIELDS, body.c_str());
  curl_easy_setopt(curl.get(), CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body.size()));
  curl_easy_setopt(curl.get(), CURLOPT_WRITEFUNCTION, ignore_answer);
  const CURLcode code = curl_easy_perform(curl.get());
  if (code != CURLE_OK) return {curl_easy_strerror(code)};
  long status = 0;
  curl_easy_getinfo(curl.get(), CURLINFO_RESPONSE_CODE, &status);
  if (status >= 200 && status < 300) return {};
  return {fmt::format("it answered {}", status), status >= 500};
}

}  // namespace

std::string post_to_webhook(const std::string& url, const std::string& body, const std::stop_token& stop) {
  Answer answer;
  for (int i = 0; i < kTries; ++i) {
    if (i > 0) std::this_thread::sleep_for(std::chrono::seconds(i));
    answer = post_once(url, body);
    if (answer.trouble.empty() || !answer.may_pass || stop.stop_requested()) break;
  }
  return answer.trouble;
}

}  // namespace clipmill
