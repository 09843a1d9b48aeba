// The tensor type of a precision.
#pragma once

#include <ATen/ATen.h>

#include "core/job.h"

namespace clipmill {

inline at::ScalarType compute_type(Precision precision) {
  return precision == Precision::kBf16   ? at::kBFloat16
         : precision == Precision::kFp16 ? at::kHalf
                                         : at::kFloat;
}

}  // namespace clipmill
