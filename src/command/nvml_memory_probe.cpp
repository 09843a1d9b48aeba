#include "command/nvml_memory_probe.h"

#include <dlfcn.h>

#include <algorithm>
#include <vector>

namespace clipmill {
namespace {

// The library's C interface, as far as it is needed here; it is stable by NVIDIA's promise.
constexpr int kNvmlSuccess = 0, kNvmlTooSmall = 7;
constexpr unsigned long long kNvmlNotAvailable = ~0ull;
constexpr unsigned kRoom = 64;

}  // namespace

struct NvmlMemoryProbe::Library {
  struct Process {
    unsigned pid;
    unsigned long long used_bytes;
    unsigned gpu_instance, compute_instance;
  };

  explicit Library(const std::string& name) : handle(::dlopen(name.c_str(), RTLD_LAZY | RTLD_LOCAL)) {
    const bool processes_known = load(processes, "nvmlDeviceGetComputeRunningProcesses_v3") ||
                                 load(processes, "nvmlDeviceGetComputeRunningProcesses_v2");
    ready = processes_known && load(init, "nvmlInit_v2") && load(shutdown, "nvmlShutdown") &&
            load(by_index, "nvmlDeviceGetHandleByIndex_v2") && init() == kNvmlSuccess;
  }
  ~Library() {
    if (ready) shutdown();
    if (handle) ::dlclose(handle);
  }
  Library(const Library&) = delete;
  Library& operator=(const Library&) = delete;

  template <typename Function>
  bool load(Function& function, const char* symbol) {
    function = handle ? reinterpret_cast<Function>(::dlsym(handle, symbol)) : nullptr;
    return function != nullptr;
  }

  void* handle;
  bool ready = false;
  int (*init)() = nullptr;
  int (*shutdown)() = nullptr;
  int (*by_index)(unsigned, void**) = nullptr;
  int (*processes)(void*, unsigned*, Process*) = nullptr;
};

NvmlMemoryProbe::NvmlMemoryProbe(unsigned gpu, const std::string& library)
    : library_(std::make_unique<Library>(library)) {
  if (library_->ready && library_->by_index(gpu, &device_) != kNvmlSuccess) device_ = nullptr;
}

NvmlMemoryProbe::~NvmlMemoryProbe() = default;

std::int64_t NvmlMemoryProbe::bytes(std::span<const pid_t> processes) {
  if (!device_) return 0;
  std::vector<Library::Process> running(kRoom);
  auto count = kRoom;
  int code = library_->processes(device_, &count, running.data());
  if (code == kNvmlTooSmall) {  // `count` says how many there are
    running.resize(count + kRoom);
    count = static_cast<unsigned>(running.size());
    code = library_->processes(device_, &count, running.data());
  }
  if (code != kNvmlSuccess) return 0;
  std::int64_t sum = 0;
  for (const Library::Process& process : std::span(running).first(count)) {
    const bool ours = std::ranges::find(processes, static_cast<pid_t>(process.pid)) != processes.end();
    if (ours && process.used_bytes != kNvmlNotAvailable) sum += static_cast<std::int64_t>(process.used_bytes);
  }
  return sum;
}

}  // namespace clipmill
