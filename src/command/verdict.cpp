#include "command/verdict.h"

#include <sys/wait.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "base/process.h"
#include "base/units.h"

namespace clipmill {
namespace {

constexpr int kTryAgain = 75;

bool says_out_of_memory(const std::string& tail) {
  static constexpr std::array<std::string_view, 4> kWords = {"OutOfMemoryError", "out of memory",
                                                             "CUBLAS_STATUS_ALLOC_FAILED", "MemoryError"};
  return std::ranges::any_of(kWords, [&](std::string_view words) { return tail.find(words) != tail.npos; });
}

ErrorKind kind_of(int status, const std::string& tail) {
  if (says_out_of_memory(tail)) return ErrorKind::kOutOfMemory;
  if (WIFSIGNALED(status)) return ErrorKind::kWorker;
  return WEXITSTATUS(status) == kTryAgain ? ErrorKind::kIo : ErrorKind::kInput;
}

}  // namespace

Error over_budget(std::int64_t used_bytes, std::int64_t allowed_bytes) {
  return Error(ErrorKind::kOutOfMemory,
               fmt::format("the command used {} of memory, {} are allowed", format_bytes(used_bytes),
                           format_bytes(allowed_bytes)),
               "declare more with memory, or let it use less");
}

Error over_time(double limit_seconds) {
  return Error(
      ErrorKind::kInput,
      fmt::format("the command did not end within its time limit of {}", format_seconds(limit_seconds)),
      "allow more with time_limit");
}

Error failure_of(const GuardReport& end, const std::string& program, const std::string& tail) {
  if (!end.started) {
    return Error(ErrorKind::kInput, fmt::format("cannot run {}: {}", program, std::strerror(end.number)),
                 "the first word of command is a program in PATH, or a path from working_folder");
  }
  const std::string said = tail.empty() ? "it printed nothing" : "it last printed:\n" + tail;
  return Error(kind_of(end.number, tail),
               fmt::format("{}: {}; {}", program, describe_wait_status(end.number), said));
}

}  // namespace clipmill
