// Whether this processor computes products in half precision.
#pragma once

#include <ATen/Version.h>

namespace clipmill {

/// oneDNN's half products begin with AVX-512; what torch has below that is a plain loop.
inline bool has_half_units() {
  static const bool has = at::get_cpu_capability() == "AVX512";
  return has;
}

}  // namespace clipmill
