#include "sensors/nvml.h"

#include <dlfcn.h>
#include <fmt/format.h>

#include <array>

namespace clipmill {
namespace {

// The library's C interface, as far as it is needed here; it is stable by NVIDIA's promise.
constexpr int kNvmlSuccess = 0, kNvmlTooSmall = 7;
constexpr unsigned long long kNvmlNotAvailable = ~0ull;
constexpr unsigned kRoom = 64;
constexpr int kSensorOfTheChip = 0, kUncorrected = 1, kSinceDriverLoad = 0;

/// A power cap is no trouble: a card that works hard is always at it.
constexpr std::array<std::pair<unsigned long long, const char*>, 4> kSlowdowns = {
    {{0x08, "hardware slowdown"}, {0x20, "heat"}, {0x40, "heat (hardware)"}, {0x80, "power brake"}}};

}  // namespace

struct Nvml::Library {
  struct Memory {
    unsigned long long total, free, used;
  };
  struct Process {
    unsigned pid;
    unsigned long long used_bytes;
    unsigned gpu_instance, compute_instance;
  };

  struct Utilisation {
    unsigned gpu, memory;  // percent
  };

  explicit Library(const std::string& name) : handle(::dlopen(name.c_str(), RTLD_LAZY | RTLD_LOCAL)) {
    const bool whole =
        load(init, "nvmlInit_v2") && load(shutdown, "nvmlShutdown") && load(count, "nvmlDeviceGetCount_v2") &&
        load(by_index, "nvmlDeviceGetHandleByIndex_v2") && load(get_name, "nvmlDeviceGetName") &&
        load(memory, "nvmlDeviceGetMemoryInfo") && load(error, "nvmlErrorString");
    load(processes, "nvmlDeviceGetComputeRunningProcesses_v3") ||
        load(processes, "nvmlDeviceGetComputeRunningProcesses_v2");
    load(utilisation, "nvmlDeviceGetUtilizationRates");
    load(power, "nvmlDeviceGetPowerUsage");
    load(temperature, "nvmlDeviceGetTemperature");
    load(slowdowns, "nvmlDeviceGetCurrentClocksThrottleReasons");
    load(ecc_errors, "nvmlDeviceGetTotalEccErrors");
    ready = whole && init() == kNvmlSuccess;
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
  int (*count)(unsigned*) = nullptr;
  int (*by_index)(unsigned, void**) = nullptr;
  int (*get_name)(void*, char*, unsigned) = nullptr;
  int (*memory)(void*, Memory*) = nullptr;
  int (*processes)(void*, unsigned*, Process*) = nullptr;
  int (*utilisation)(void*, Utilisation*) = nullptr;
  int (*power)(void*, unsigned* milliwatts) = nullptr;
  int (*temperature)(void*, int sensor, unsigned* celsius) = nullptr;
  int (*slowdowns)(void*, unsigned long long* bits) = nullptr;
  int (*ecc_errors)(void*, int kind, int since, unsigned long long* count) = nullptr;
  const char* (*error)(int) = nullptr;
};

Nvml::Nvml(const std::string& library) : library_(std::make_unique<Library>(library)) {}
Nvml::~Nvml() = default;

unsigned Nvml::count() const {
  unsigned count = 0;
  return library_->ready && library_->count(&count) == kNvmlSuccess ? count : 0;
}

GpuInfo Nvml::gpu(unsigned index) const {
  if (!library_->ready) return {.error = "no driver"};
  void* device = nullptr;
  std::array<char, 96> name{};
  Library::Memory memory{};
  int code = library_->by_index(index, &device);
  if (code == kNvmlSuccess)
    code = library_->get_name(device, name.data(), static_cast<unsigned>(name.size()));
  if (code == kNvmlSuccess) code = library_->memory(device, &memory);
  if (code != kNvmlSuccess) return {.error = library_->error(code)};
  return {name.data(), "", static_cast<std::int64_t>(memory.total), static_cast<std::int64_t>(memory.free)};
}

GpuVitals Nvml::vitals(unsigned index) const {
  GpuVitals vitals;
  void* device = nullptr;
  if (!library_->ready || library_->by_index(index, &device) != kNvmlSuccess) return vitals;
  const auto told = [device](auto function, auto... arguments) {
    return function && function(device, arguments...) == kNvmlSuccess;
  };
  Library::Utilisation busy{};
  unsigned number = 0;
  unsigned long long wide = 0;
  if (told(library_->utilisation, &busy)) vitals.utilisation = busy.gpu / 100.0;
  if (told(library_->power, &number)) vitals.power_watts = number / 1000.0;
  if (told(library_->temperature, kSensorOfTheChip, &number)) vitals.temperature_celsius = number;
  if (told(library_->ecc_errors, kUncorrected, kSinceDriverLoad, &wide))
    vitals.memory_errors = static_cast<std::int64_t>(wide);
  if (!told(library_->slowdowns, &wide)) return vitals;
  for (const auto& [bit, name] : kSlowdowns) {
    if (wide & bit) vitals.slowed_by.emplace_back(name);
  }
  return vitals;
}

std::optional<std::vector<GpuProcess>> Nvml::processes(unsigned index) const {
  void* device = nullptr;
  if (!library_->ready || !library_->processes || library_->by_index(index, &device) != kNvmlSuccess)
    return std::nullopt;
  std::vector<Library::Process> running(kRoom);
  unsigned count = kRoom;
  int code = library_->processes(device, &count, running.data());
  if (code == kNvmlTooSmall) {  // `count` says how many there are
    running.resize(count + kRoom);
    count = static_cast<unsigned>(running.size());
    code = library_->processes(device, &count, running.data());
  }
  if (code != kNvmlSuccess) return std::nullopt;
  std::vector<GpuProcess> all;
  for (unsigned i = 0; i < count; ++i) {
    const auto bytes = running[i].used_bytes == kNvmlNotAvailable ? 0 : running[i].used_bytes;
    all.push_back({static_cast<pid_t>(running[i].pid), static_cast<std::int64_t>(bytes)});
  }
  return all;
}

}  // namespace clipmill
