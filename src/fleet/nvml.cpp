#include "fleet/nvml.h"

#include <dlfcn.h>
#include <fmt/format.h>

#include <array>

namespace clipmill {
namespace {

// The library's C interface, as far as it is needed here; it is stable by NVIDIA's promise.
struct NvmlMemory {
  unsigned long long total, free, used;
};
constexpr int kNvmlSuccess = 0;

class Nvml {
 public:
  explicit Nvml(const std::string& library) : handle_(::dlopen(library.c_str(), RTLD_LAZY | RTLD_LOCAL)) {
    const bool whole = load(init_, "nvmlInit_v2") && load(shutdown_, "nvmlShutdown") &&
                       load(count_, "nvmlDeviceGetCount_v2") &&
                       load(by_index_, "nvmlDeviceGetHandleByIndex_v2") && load(name_, "nvmlDeviceGetName") &&
                       load(memory_, "nvmlDeviceGetMemoryInfo") && load(error_, "nvmlErrorString");
    ready_ = whole && init_() == kNvmlSuccess;
  }
  ~Nvml() {
    if (ready_) shutdown_();
    if (handle_) ::dlclose(handle_);
  }
  Nvml(const Nvml&) = delete;
  Nvml& operator=(const Nvml&) = delete;

  unsigned count() const {
    unsigned count = 0;
    return ready_ && count_(&count) == kNvmlSuccess ? count : 0;
  }

  DeviceInfo device(unsigned index) const {
    DeviceInfo info{fmt::format("cuda:{}", index), "", 0, 0};
    void* device = nullptr;
    std::array<char, 96> name{};
    NvmlMemory memory{};
    int code = by_index_(index, &device);
    if (code == kNvmlSuccess) code = name_(device, name.data(), static_cast<unsigned>(name.size()));
    if (code == kNvmlSuccess) code = memory_(device, &memory);
    info.description = code == kNvmlSuccess ? name.data() : fmt::format("does not answer: {}", error_(code));
    info.total_bytes = static_cast<std::int64_t>(memory.total);
    info.free_bytes = static_cast<std::int64_t>(memory.free);
    return info;
  }

 private:
  template <typename Function>
  bool load(Function& function, const char* symbol) {
    function = handle_ ? reinterpret_cast<Function>(::dlsym(handle_, symbol)) : nullptr;
    return function != nullptr;
  }

  void* handle_;
  bool ready_ = false;
  int (*init_)() = nullptr;
  int (*shutdown_)() = nullptr;
  int (*count_)(unsigned*) = nullptr;
  int (*by_index_)(unsigned, void**) = nullptr;
  int (*name_)(void*, char*, unsigned) = nullptr;
  int (*memory_)(void*, NvmlMemory*) = nullptr;
  const char* (*error_)(int) = nullptr;
};

}  // namespace

std::vector<DeviceInfo> nvidia_gpus(const std::string& library) {
  const Nvml nvml(library);
  std::vector<DeviceInfo> gpus;
  for (unsigned index = 0; index < nvml.count(); ++index) gpus.push_back(nvml.device(index));
  return gpus;
}

}  // namespace clipmill
