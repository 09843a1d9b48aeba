// Any bytes are either a valid safetensors file or a clipmill::Error; nothing else may happen.
#include <cstdint>
#include <cstdlib>
#include <span>

#include "base/error.h"
#include "checkpoint/safetensors_header.h"

namespace {

/// What a reader relies on: the tensors follow each other through the whole data section.
void check(const clipmill::SafetensorsHeader& header, std::size_t file_size) {
  std::uint64_t end = 0;
  for (const clipmill::TensorInfo& info : header.tensors) {
    const auto bytes = static_cast<std::uint64_t>(info.numel()) * clipmill::size_of(info.dtype);
    if (info.begin != end || info.end - info.begin != bytes) std::abort();
    end = info.end;
  }
  if (header.data_start + end != file_size) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto bytes = std::as_bytes(std::span(data, size));
  try {
    check(clipmill::parse_safetensors_header(bytes, "fuzz"), size);
  } catch (const clipmill::Error&) {
  }
  return 0;
}
