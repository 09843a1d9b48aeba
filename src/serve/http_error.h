// A refusal in the shape that clients of OpenAI's APIs read.
#pragma once

#include <string>

#include "base/error.h"
#include "serve/http.h"

namespace clipmill {

/// A request that is refused: which parameter, and the status of the answer. Thrown by what reads requests.
struct RequestProblem {
  std::string message, parameter;
  int status = 400;
  double retry_after = 0;  ///< seconds; 0: not known
};

inline std::string with_hint(const Error& error) {
  return error.hint().empty() ? error.what() : fmt::format("{}; {}", error.what(), error.hint());
}

/// {"error": {"message", "type", "param", "code"}}; `parameter` and `code` empty: null.
HttpResponse error_response(int status, const std::string& message, const std::string& parameter = "",
                            const std::string& code = "");
HttpResponse error_response(const RequestProblem& problem);
/// With the two parts of its message as "reason" and "hint" beside it.
HttpResponse error_response(const Error& error);

}  // namespace clipmill
