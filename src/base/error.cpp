#include "base/error.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

namespace clipmill {
namespace {

constexpr std::array<std::pair<ErrorKind, std::string_view>, 8> kNames = {{
    {ErrorKind::kInput, "input"},
    {ErrorKind::kIo, "io"},
    {ErrorKind::kOutOfMemory, "out_of_memory"},
    {ErrorKind::kWorker, "worker"},
    {ErrorKind::kDevice, "device"},
    {ErrorKind::kDependency, "dependency"},
    {ErrorKind::kCancelled, "cancelled"},
    {ErrorKind::kInternal, "internal"},
}};

/// Of a full disk, a used-up quota, a limit on file sizes; of others it depends on what was done.
std::string remedy_of(int error_number) {
  const bool full = error_number == ENOSPC || error_number == EDQUOT || error_number == EFBIG;
  return full ? "free some disk space, then run the same command again: what is finished stays" : "";
}

}  // namespace

std::string_view to_string(ErrorKind kind) {
  for (const auto& [value, name] : kNames) {
    if (value == kind) return name;
  }
  return "internal";
}

ErrorKind error_kind_from(std::string_view name) {
  for (const auto& [value, known] : kNames) {
    if (known == name) return value;
  }
  return ErrorKind::kInternal;
}

Error io_error(std::string_view what, int error_number) {
  return Error(ErrorKind::kIo, fmt::format("{}: {}", what, std::strerror(error_number)),
               remedy_of(error_number));
}

}  // namespace clipmill
