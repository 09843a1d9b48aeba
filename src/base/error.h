// Errors as one exception type with a kind: the kind decides what happens next (retry, refuse, give up),
// the message names the place, the hint names the remedy.
#pragma once

#include <fmt/format.h>

#include <stdexcept>
#include <string>
#include <string_view>

namespace clipmill {

enum class ErrorKind {
  kInput,        ///< the user's file, flag or model is wrong; never retried
  kIo,           ///< disk full, no permission, file vanished
  kOutOfMemory,  ///< the device's budget is too small for the plan
  kWorker,       ///< a worker process died or broke the protocol
  kDevice,       ///< a device's worker does not come up: no job's fault
  kDependency,   ///< a job that this one needs was not done
  kCancelled,    ///< asked for by the user
  kInternal,     ///< a defect of clipmill
};

class Error : public std::runtime_error {
 public:
  Error(ErrorKind kind, const std::string& message, std::string hint = {})
      : std::runtime_error(message), kind_(kind), hint_(std::move(hint)) {}

  ErrorKind kind() const { return kind_; }
  const std::string& hint() const { return hint_; }

 private:
  ErrorKind kind_;
  std::string hint_;
};

/// "input", "io", "out_of_memory", …: the names used in the store, on the link and in --json.
std::string_view to_string(ErrorKind kind);
/// The inverse; unknown names are kInternal.
ErrorKind error_kind_from(std::string_view name);

/// throw input_error("{}: line {}: …", file, line)
template <typename... Args>
Error input_error(fmt::format_string<Args...> format, Args&&... args) {
  return Error(ErrorKind::kInput, fmt::format(format, std::forward<Args>(args)...));
}

/// An Error of kind kIo that ends with the text of `error_number` (errno).
Error io_error(std::string_view what, int error_number);

}  // namespace clipmill
