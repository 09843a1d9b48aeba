// Whether this processor computes products in half precision.
#pragma once

#include <filesystem>

namespace clipmill {

/// As torch decides it: oneDNN's half products begin with AVX-512; what torch has below that is a plain loop.
/// By ATEN_CPU_CAPABILITY, or the flags in /proc/cpuinfo below `root`. Looked up at the first call.
bool has_half_units();
bool has_half_units(const std::filesystem::path& root, const char* capability);

}  // namespace clipmill
