#include "serve/http_error.h"

#include <cmath>
#include <nlohmann/json.hpp>

#include "serve/json_text.h"

namespace clipmill {
namespace {

using nlohmann::json;

constexpr double kRetrySeconds = 10;

json or_null(const std::string& text) { return text.empty() ? json() : json(text); }

json error_object(int status, const std::string& message, const std::string& parameter,
                  const std::string& code) {
  return {{"message", message},
          {"type", status >= 500 ? "server_error" : "invalid_request_error"},
          {"param", or_null(parameter)},
          {"code", or_null(code)}};
}

HttpResponse refusal(int status, const json& error, double retry_after) {
  HttpResponse answer{status, json_text({{"error", error}})};
  if (retry_after == 0 && status == 503) retry_after = kRetrySeconds;
  if (retry_after > 0) answer.headers["Retry-After"] = fmt::format("{:.0f}", std::ceil(retry_after));
  return answer;
}

constexpr int status_of(ErrorKind kind) {
  if (kind == ErrorKind::kCancelled) return 503;  // the daemon is ending
  return kind == ErrorKind::kInput ? 400 : 500;
}

}  // namespace

HttpResponse error_response(int status, const std::string& message, const std::string& parameter,
                            const std::string& code) {
  return refusal(status, error_object(status, message, parameter, code), 0);
}

HttpResponse error_response(const RequestProblem& problem) {
  const char* code = problem.status == 429 ? "rate_limit_exceeded" : "";
  return refusal(problem.status, error_object(problem.status, problem.message, problem.parameter, code),
                 problem.retry_after);
}

HttpResponse error_response(const Error& error) {
  const int status = status_of(error.kind());
  json object = error_object(status, with_hint(error), "", "");
  object["reason"] = error.what();
  if (!error.hint().empty()) object["hint"] = error.hint();
  return refusal(status, object, 0);
}

}  // namespace clipmill
