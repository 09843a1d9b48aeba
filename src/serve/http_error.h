// A refusal in the shape that clients of OpenAI's APIs read.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "base/error.h"
#include "serve/http.h"
#include "serve/json_text.h"

namespace clipmill {

inline std::string with_hint(const Error& error) {
  return error.hint().empty() ? error.what() : fmt::format("{}; {}", error.what(), error.hint());
}

/// Of an answer that says so.
constexpr int status_of(ErrorKind kind) {
  if (kind == ErrorKind::kCancelled) return 503;  // the daemon is ending
  return kind == ErrorKind::kInput ? 400 : 500;
}

/// {"error": {"message", "type", "param", "code"}}; `parameter` and `code` empty: null.
inline HttpResponse error_response(int status, const std::string& message, const std::string& parameter = "",
                                   const std::string& code = "") {
  const auto or_null = [](const std::string& text) {
    return text.empty() ? nlohmann::json() : nlohmann::json(text);
  };
  const char* type = status >= 500 ? "server_error" : "invalid_request_error";
  HttpResponse answer{status, json_text({{"error",
                                          {{"message", message},
                                           {"type", type},
                                           {"param", or_null(parameter)},
                                           {"code", or_null(code)}}}})};
  if (status == 503) answer.headers["Retry-After"] = "10";
  return answer;
}

/// To a method other than GET.
inline HttpResponse only_read(const std::string& path) {
  HttpResponse refusal = error_response(405, path + " is only to be read (GET)");
  refusal.headers["Allow"] = "GET";
  return refusal;
}

}  // namespace clipmill
