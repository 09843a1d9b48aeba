#include "clipmill/http_exchange.h"

#include <curl/curl.h>

#include <algorithm>
#include <memory>

namespace clipmill {
namespace {

struct Kept {
  std::string& text;
  const std::size_t most;
};

std::size_t take_piece(char* data, std::size_t size, std::size_t count, void* self) {
  auto& [text, most] = *static_cast<Kept*>(self);
  text.append(data, std::min(size * count, most - text.size()));
  return size * count;
}

}  // namespace

HttpAnswer http_exchange(const HttpAsked& asked) {
  const std::unique_ptr<CURL, void (*)(CURL*)> curl(curl_easy_init(), curl_easy_cleanup);
  const std::unique_ptr<curl_slist, void (*)(curl_slist*)> headers(
      curl_slist_append(nullptr, "Content-Type: application/json"), curl_slist_free_all);
  HttpAnswer answer;
  Kept kept{answer.body, asked.kept};
  curl_easy_setopt(curl.get(), CURLOPT_URL, asked.url.c_str());
  curl_easy_setopt(curl.get(), CURLOPT_PROTOCOLS_STR, "http,https");
  if (!asked.socket.empty()) curl_easy_setopt(curl.get(), CURLOPT_UNIX_SOCKET_PATH, asked.socket.c_str());
  curl_easy_setopt(curl.get(), CURLOPT_TIMEOUT, asked.seconds);
  curl_easy_setopt(curl.get(), CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl.get(), CURLOPT_WRITEFUNCTION, take_piece);
  curl_easy_setopt(curl.get(), CURLOPT_WRITEDATA, &kept);
  if (asked.body) {
    curl_easy_setopt(curl.get(), CURLOPT_HTTPHEADER, headers.get());
    curl_easy_setopt(curl.get(), CURLOPT_POSTFIELDS, asked.body->c_str());
    curl_easy_setopt(curl.get(), CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(asked.body->size()));
  }
  const CURLcode code = curl_easy_perform(curl.get());
  answer.refused = code == CURLE_COULDNT_CONNECT;
  if (code == CURLE_OK) {
    curl_easy_getinfo(curl.get(), CURLINFO_RESPONSE_CODE, &answer.status);
  } else {
    answer.trouble = curl_easy_strerror(code);
  }
  return answer;
}

}  // namespace clipmill
