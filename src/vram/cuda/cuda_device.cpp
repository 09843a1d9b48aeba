#include "vram/cuda/cuda_device.h"

#include <ATen/Context.h>
#include <c10/cuda/CUDACachingAllocator.h>
#include <c10/cuda/CUDAFunctions.h>
#include <c10/cuda/CUDAGuard.h>
#include <cuda_runtime_api.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <mutex>
#include <utility>

#include "base/error.h"
#include "vram/ledger.h"

namespace clipmill {
namespace {

namespace allocator = c10::cuda::CUDACachingAllocator;

/// The allocator tells what was asked for; it hands out multiples of 512 bytes (kMinBlockSize).
std::int64_t block_bytes(std::size_t asked) {
  constexpr std::size_t kMinBlockSize = 512;
  return static_cast<std::int64_t>((asked + kMinBlockSize - 1) / kMinBlockSize * kMinBlockSize);
}

/// The ledger of a GPU, which listens to the caching allocator from here on, under the allocator's own lock.
/// The allocator cannot be made to stop, so it lives as long as the process.
Ledger& listening_ledger(c10::DeviceIndex index) {
  auto* ledger = new Ledger;
  allocator::get()->attachAllocatorTraceTracker([ledger, index](const allocator::TraceEntry& entry) {
    if (entry.device_ != index) return;
    const auto* data = reinterpret_cast<const void*>(entry.addr_);  // NOLINT: an address as a number
    if (entry.action_ == allocator::TraceEntry::ALLOC)
      ledger->allocated_elsewhere(data, block_bytes(entry.size_));
    else if (entry.action_ == allocator::TraceEntry::FREE_REQUESTED)
      ledger->freed(data);
  });
  return *ledger;
}

/// One a GPU, however often it is opened.
Ledger& ledger_of(c10::DeviceIndex index) {
  static std::mutex mutex;
  static std::map<c10::DeviceIndex, Ledger*> ledgers;
  const std::lock_guard lock(mutex);
  Ledger*& ledger = ledgers[index];
  if (!ledger) ledger = &listening_ledger(index);
  return *ledger;
}

class CudaDevice : public Device {
 public:
  explicit CudaDevice(int index) : index_(static_cast<c10::DeviceIndex>(index)) {
    c10::cuda::set_device(index_);
    at::globalContext().lazyInitDevice(at::kCUDA);
    // fp32 means fp32: TF32 would make the VAE differ from its reference.
    at::globalContext().setAllowTF32CuDNN(false);
    at::globalContext().setAllowTF32CuBLAS(false);
    ledger_ = &ledger_of(index_);
  }

  at::Device torch_device() const override { return at::Device(at::kCUDA, index_); }
  std::string description() const override { return fmt::format("cuda:{}", static_cast<int>(index_)); }

  std::int64_t total_bytes() const override { return static_cast<std::int64_t>(free_and_total().second); }

  DeviceMemory memory() const override {
    const auto stats = allocator::getDeviceStats(index_);
    const auto& bytes = stats.allocated_bytes[0];  // StatType::AGGREGATE
    return {bytes.current, bytes.peak};
  }

  void reset_peak() override {
    allocator::resetPeakStats(index_);
    ledger_->reset_peak();
  }

  Ledger& ledger() override { return *ledger_; }

  ReservedMemory reserved() const override {
    const auto stats = allocator::getDeviceStats(index_);
    const std::int64_t reserved = stats.reserved_bytes[0].current;
    std::size_t largest = 1;  // 0 would let it guess
    allocator::get()->cacheInfo(index_, &largest);
    return {stats.allocated_bytes[0].current, reserved, static_cast<std::int64_t>(largest),
            in_use() - reserved};
  }

  /// What the caching allocator keeps free counts as well; it gives that back before it refuses.
  void limit(std::int64_t bytes) override {
    const double fraction = bytes > 0 ? static_cast<double>(bytes) / static_cast<double>(total_bytes()) : 1.0;
    allocator::setMemoryFraction(std::min(fraction, 1.0), index_);
  }

  void trim() override { allocator::emptyCache(); }
  void synchronize() override {
    const c10::cuda::CUDAGuard here(index_);
    c10::cuda::device_synchronize();
  }

 private:
  std::pair<std::size_t, std::size_t> free_and_total() const {
    const c10::cuda::CUDAGuard here(index_);  // a thread begins on GPU 0
    std::size_t free = 0, total = 0;
    C10_CUDA_CHECK(cudaMemGetInfo(&free, &total));
    return {free, total};
  }

  /// By whomever.
  std::int64_t in_use() const {
    const auto [free, total] = free_and_total();
    return static_cast<std::int64_t>(total - free);
  }

  c10::DeviceIndex index_;
  Ledger* ledger_ = nullptr;
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
