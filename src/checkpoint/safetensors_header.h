// The header of a safetensors file, parsed and checked without touching the tensors' bytes.
//
// Format: u64 little-endian header length N, N bytes of JSON, then the data. An entry of the JSON object is
// "name": {"dtype", "shape", "data_offsets": [begin, end]} relative to the start of the data; "__metadata__"
// maps strings to strings.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "checkpoint/tensor_info.h"

namespace clipmill {

struct SafetensorsHeader {
  std::vector<TensorInfo> tensors;  ///< by offset
  std::map<std::string, std::string> metadata;
  std::uint64_t data_start = 0;  ///< bytes from the start of the file
};

inline constexpr std::size_t kSafetensorsPrefix = 8;
inline constexpr std::uint64_t kMaxSafetensorsHeader = 100'000'000;

/// N of a file of `file_size` bytes that begins with `head`, which holds at least the first eight bytes where
/// the file has them. Throws Error(kInput) naming `file` if N is no length a header can have.
std::uint64_t safetensors_header_length(std::span<const std::byte> head, std::uint64_t file_size,
                                        std::string_view file);

/// Parses the beginning of a file: `head` holds at least its first 8 + N bytes. Checked: JSON without
/// repeated names, known dtypes, shapes whose bytes match the offsets without overflow, and offsets that
/// cover the data exactly, without overlap or hole. Throws Error(kInput) naming `file` and the tensor.
SafetensorsHeader parse_safetensors_header(std::span<const std::byte> head, std::uint64_t file_size,
                                           std::string_view file);
/// The same for the whole file in memory.
SafetensorsHeader parse_safetensors_header(std::span<const std::byte> file_bytes, std::string_view file);

}  // namespace clipmill
