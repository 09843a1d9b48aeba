#include "vram/device.h"

#include <charconv>

#include "base/error.h"
#include "vram/cpu_device.h"
#include "vram/cuda/cuda_device.h"

namespace clipmill {
namespace {

int index_of(const std::string& name, std::size_t prefix) {
  if (name.size() == prefix) return 0;
  int index = -1;
  const char* end = name.data() + name.size();
  if (name[prefix] == ':') {
    const auto parsed = std::from_chars(name.data() + prefix + 1, end, index);
    if (parsed.ec != std::errc() || parsed.ptr != end) index = -1;
  }
  if (index < 0) throw input_error("no device \"{}\": a device is cpu, cpu:N or cuda:N", name);
  return index;
}

}  // namespace

void Device::set_budget(std::int64_t bytes) {
  limit(bytes);
  budget_ = bytes;
}

std::unique_ptr<Device> open_device(const std::string& name) {
  if (name.starts_with("cuda")) return open_cuda_device(index_of(name, 4));
  if (name.starts_with("cpu")) return std::make_unique<CpuDevice>(index_of(name, 3));
  throw input_error("no device \"{}\": a device is cpu, cpu:N or cuda:N", name);
}

}  // namespace clipmill
