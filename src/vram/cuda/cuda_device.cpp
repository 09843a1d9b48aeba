#include "vram/cuda/cuda_device.h"

#include <ATen/Context.h>
#include <c10/cuda/CUDACachingAllocator.h>
#include <c10/cuda/CUDAFunctions.h>
#include <c10/cuda/CUDAGuard.h>
#include <cuda_runtime_api.h>

#include <algorithm>
#include <cstdlib>

#include "base/error.h"

namespace clipmill {
namespace {

namespace allocator = c10::cuda::CUDACachingAllocator;

class CudaDevice : public Device {
 public:
  explicit CudaDevice(int index) : index_(static_cast<c10::DeviceIndex>(index)) {
    c10::cuda::set_device(index_);
    at::globalContext().lazyInitDevice(at::kCUDA);
    // fp32 means fp32: TF32 would make the VAE differ from its reference.
    at::globalContext().setAllowTF32CuDNN(false);
    at::globalContext().setAllowTF32CuBLAS(false);
  }

  at::Device torch_device() const override { return at::Device(at::kCUDA, index_); }
  std::string description() const override { return fmt::format("cuda:{}", static_cast<int>(index_)); }

  std::int64_t total_bytes() const override {
    const c10::cuda::CUDAGuard here(index_);  // a thread begins on GPU 0
    std::size_t free = 0, total = 0;
    C10_CUDA_CHECK(cudaMemGetInfo(&free, &total));
    return static_cast<std::int64_t>(total);
  }

  DeviceMemory memory() const override {
    const auto stats = allocator::getDeviceStats(index_);
    const auto& bytes = stats.allocated_bytes[0];  // StatType::AGGREGATE
    return {bytes.current, bytes.peak};
  }

  void reset_peak() override { allocator::resetPeakStats(index_); }

  /// What the caching allocator keeps free counts as well; it gives that back before it refuses.
  void set_budget(std::int64_t bytes) override {
    const double fraction = bytes > 0 ? static_cast<double>(bytes) / static_cast<double>(total_bytes()) : 1.0;
    allocator::setMemoryFraction(std::min(fraction, 1.0), index_);
  }

  void trim() override { allocator::emptyCache(); }
  void synchronize() override {
    const c10::cuda::CUDAGuard here(index_);
    c10::cuda::device_synchronize();
  }

 private:
  c10::DeviceIndex index_;
};

}  // namespace

std::unique_ptr<Device> open_cuda_device(int index) {
  ::setenv("CUDA_DEVICE_ORDER", "PCI_BUS_ID", /*overwrite=*/0);  // as NVML, whose numbers users see
  const int count = c10::cuda::device_count();
  if (index >= count)
    throw input_error("no device cuda:{}: this machine has {} CUDA device(s)", index, count);
  return std::make_unique<CudaDevice>(index);
}

}  // namespace clipmill
