// The CUDA adapter's only door. Linked from cuda_device.cpp where torch has CUDA, else from
// no_cuda_device.cpp.
#pragma once

#include <memory>

#include "vram/device.h"

namespace clipmill {

/// Throws Error(kInput) when there is no such GPU, or when this torch has no CUDA.
std::unique_ptr<Device> open_cuda_device(int index);

}  // namespace clipmill
