#include "base/error.h"
#include "vram/cuda/cuda_device.h"

namespace clipmill {

std::unique_ptr<Device> open_cuda_device(int index) {
  throw Error(
      ErrorKind::kInput,
      fmt::format("cuda:{} is not available: clipmill was built with a CPU build of torch", index),
      "build again with a CUDA build: make TORCH=<pip requirement, wheel or LibTorch folder with CUDA>");
}

}  // namespace clipmill
