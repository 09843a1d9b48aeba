// What NVIDIA's management library tells of GPUs. It comes with the driver and is opened when it is there.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace clipmill {

struct GpuInfo {
  std::string name;   ///< "NVIDIA H100 80GB HBM3"
  std::string error;  ///< why it does not answer; empty: it does
  std::int64_t total_bytes = 0, free_bytes = 0;
};

struct GpuProcess {
  pid_t pid = 0;  ///< as the library numbers it: in a container perhaps the host's
  std::int64_t bytes = 0;
};

/// How a GPU is doing; what it does not tell is absent.
struct GpuVitals {
  std::optional<double> utilisation;  ///< 0 … 1: of the last moments, the part in which a kernel ran
  std::optional<double> power_watts;
  std::optional<double> temperature_celsius;
  std::vector<std::string> slowed_by;  ///< "heat", "power brake": what keeps its clocks down, and should not
  std::optional<std::int64_t> memory_errors;  ///< that ECC could not correct, since the driver was loaded
};

/// Calls never throw, and without a driver there are no GPUs.
class Nvml {
 public:
  explicit Nvml(const std::string& library = "libnvidia-ml.so.1");
  ~Nvml();
  Nvml(const Nvml&) = delete;
  Nvml& operator=(const Nvml&) = delete;

  unsigned count() const;
  GpuInfo gpu(unsigned index) const;
  GpuVitals vitals(unsigned index) const;
  /// That compute on it, with the bytes that they hold there (0: it does not tell); empty: not known.
  std::optional<std::vector<GpuProcess>> processes(unsigned index) const;

 private:
  struct Library;
  std::unique_ptr<Library> library_;
};

}  // namespace clipmill
