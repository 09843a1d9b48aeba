// A refusal in the shape that clients of OpenAI's APIs read.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "serve/http.h"
#include "serve/json_text.h"

namespace clipmill {

/// {"error": {"message", "type", "param", "code"}}; `parameter` and `code` empty: null.
inline HttpResponse error_response(int status, const std::string& message, const std::string& parameter = "",
                                   const std::string& code = "") {
  const auto or_null = [](const std::string& text) {
    return text.empty() ? nlohmann::json() : nlohmann::json(text);
  };
  const char* type = status >= 500 ? "server_error" : "invalid_request_error";
  return {status, json_text({{"error",
                              {{"message", message},
                               {"type", type},
                               {"param", or_null(parameter)},
                               {"code", or_null(code)}}}})};
}

}  // namespace clipmill
