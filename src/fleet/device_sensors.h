// Looks at the devices of a LocalRunner: NVML on GPUs, ledgers and /proc on processors.
#pragma once

#include <map>
#include <string>

#include "base/clock.h"
#include "core/ports.h"
#include "fleet/local_runner.h"

namespace clipmill {

class DeviceSensors : public Sensors {
 public:
  DeviceSensors(LocalRunner& runner, const Clock& clock, const std::string& nvml = "libnvidia-ml.so.1")
      : runner_(runner), clock_(clock), nvml_(nvml) {}

  /// On cpu:N the utilisation is the part of the time of its workers' threads that they computed since the
  /// call before; the first call tells none.
  DeviceReading read(const std::string& device) override;

 private:
  /// Processor time at a moment.
  struct Work {
    double at = 0, seconds = 0;
  };

  void read_gpu(unsigned gpu, DeviceReading& reading) const;
  std::optional<double> utilisation(const std::string& device, const DeviceWorkers& workers);

  LocalRunner& runner_;
  const Clock& clock_;
  const Nvml nvml_;
  std::map<std::string, Work> before_;
};

}  // namespace clipmill
