// Element types of stored tensors, under the names the safetensors format gives them.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace clipmill {

enum class DType { kF64, kF32, kF16, kBF16, kF8E4M3, kF8E5M2, kI64, kI32, kI16, kI8, kU8, kBool };

/// Bytes of one element.
std::size_t size_of(DType dtype);
bool is_floating(DType dtype);
/// "F32", "BF16", "F8_E4M3", …
std::string_view to_string(DType dtype);
/// The inverse; empty for a name that is not one of ours.
std::optional<DType> dtype_from(std::string_view name);

}  // namespace clipmill
