#include "clipmill/otlp_client.h"

#include <curl/curl.h>

#include <memory>

#include "base/error.h"

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

std::size_t take_answer(char* data, std::size_t size, std::size_t count, void* text) {
  static_cast<std::string*>(text)->append(data, size * count);
  return size * count;
}

Error otlp_error(const std::string& url, const std::string& why) {
  return Error(ErrorKind::kIo, fmt::format("{} did not take the spans: {}", url, why),
               "is it the collector's OTLP/HTTP port? 4318 by default");
}

}  // namespace

void post_otlp(const std::string& url, const std::string& json) {
  const std::unique_ptr<CURL, void (*)(CURL*)> curl(curl_easy_init(), curl_easy_cleanup);
  const std::unique_ptr<curl_slist, void (*)(curl_slist*)> headers(
      curl_slist_append(nullptr, "Content-Type: application/json"), curl_slist_free_all);
  const std::string target = with_path(url);
  std::string answer;
  curl_easy_setopt(curl.get(), CURLOPT_URL, target.c_str());
  curl_easy_setopt(curl.get(), CURLOPT_HTTPHEADER, headers.get());
  curl_easy_setopt(curl.get(), CURLOPT_TIMEOUT, kOtlpSeconds);
  curl_easy_setopt(curl.get(), CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl.get(), CURLOPT_WRITEFUNCTION, take_answer);
  curl_easy_setopt(curl.get(), CURLOPT_WRITEDATA, &answer);
  curl_easy_setopt(curl.get(), CURLOPT_POSTFIELDS, json.c_str());
  curl_easy_setopt(curl.get(), CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(json.size()));
  const CURLcode code = curl_easy_perform(curl.get());
  if (code != CURLE_OK) throw otlp_error(target, curl_easy_strerror(code));
  long status = 0;
  curl_easy_getinfo(curl.get(), CURLINFO_RESPONSE_CODE, &status);
  if (status / 100 != 2)
    throw otlp_error(target, fmt::format("status {}, {}", status, answer.substr(0, kShownAnswer)));
}

}  // namespace clipmill
