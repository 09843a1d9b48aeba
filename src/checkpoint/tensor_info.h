// What a checkpoint file says about one tensor.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "checkpoint/dtype.h"

namespace clipmill {

struct TensorInfo {
  std::string name;
  DType dtype = DType::kF32;
  std::vector<std::int64_t> shape;
  std::uint64_t begin = 0;  ///< bytes from the start of the file's data section
  std::uint64_t end = 0;

  /// Elements; 1 for a scalar (empty shape).
  std::int64_t numel() const;
};

/// Elements of a tensor of `shape`. Shapes that come from a SafetensorsFile or a layout do not overflow.
std::int64_t numel(const std::vector<std::int64_t>& shape);
/// "[3, 4]"
std::string format_shape(const std::vector<std::int64_t>& shape);

}  // namespace clipmill
