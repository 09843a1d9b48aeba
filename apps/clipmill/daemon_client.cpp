#include "clipmill/daemon_client.h"

#include <curl/curl.h>

#include <memory>

#include "base/error.h"

namespace clipmill {
namespace {

constexpr long kSeconds = 60;

std::size_t append(char* data, std::size_t size, std::size_t count, void* text) {
  static_cast<std::string*>(text)->append(data, size * count);
  return size * count;
}

}  // namespace

nlohmann::json DaemonClient::request(const std::string& method, const std::string& path,
                                     const std::string& body) const {
  const std::unique_ptr<CURL, void (*)(CURL*)> curl(curl_easy_init(), curl_easy_cleanup);
  std::string answer;
  const std::string url = "http://localhost" + path;
  const std::string socket = place_.socket().string();
  curl_easy_setopt(curl.get(), CURLOPT_UNIX_SOCKET_PATH, socket.c_str());
  curl_easy_setopt(curl.get(), CURLOPT_URL, url.c_str());
  curl_easy_setopt(curl.get(), CURLOPT_TIMEOUT, kSeconds);
  curl_easy_setopt(curl.get(), CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl.get(), CURLOPT_WRITEFUNCTION, append);
  curl_easy_setopt(curl.get(), CURLOPT_WRITEDATA, &answer);
  if (method == "POST") {
    curl_easy_setopt(curl.get(), CURLOPT_POST, 1L);
    curl_easy_setopt(curl.get(), CURLOPT_POSTFIELDS, body.c_str());
    curl_easy_setopt(curl.get(), CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body.size()));
  }
  const CURLcode code = curl_easy_perform(curl.get());
  if (code == CURLE_COULDNT_CONNECT) {
    throw Error(ErrorKind::kInput, fmt::format("no daemon answers on {}", socket),
                "start one: clipmill daemon &   (or clipmill run, which needs none)");
  }
  if (code != CURLE_OK)
    throw Error(ErrorKind::kIo, fmt::format("the daemon did not answer: {}", curl_easy_strerror(code)));
  long status = 0;
  curl_easy_getinfo(curl.get(), CURLINFO_RESPONSE_CODE, &status);
  const auto object = nlohmann::json::parse(answer, nullptr, false);
  if (object.is_discarded()) throw Error(ErrorKind::kIo, "the daemon's answer cannot be read");
  if (status == 200) return object;
  const auto& error = object.at("error");
  throw Error(status < 500 ? ErrorKind::kInput : ErrorKind::kIo, error.value("message", "?"),
              error.value("hint", ""));
}

}  // namespace clipmill
