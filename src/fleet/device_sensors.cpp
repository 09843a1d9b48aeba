#include "fleet/device_sensors.h"

#include <algorithm>
#include <cstdio>
#include <utility>

#include "base/cpu_seconds.h"

namespace clipmill {

DeviceReading DeviceSensors::read(const std::string& device) {
  DeviceReading reading;
  const DeviceWorkers workers = runner_.workers(device);
  reading.held = workers.held;
  if (!runner_.available(device)) reading.trouble = runner_.trouble(device).message;
  unsigned gpu = 0;
  if (std::sscanf(device.c_str(), "cuda:%u", &gpu) == 1) {
    read_gpu(gpu, reading);
    reading.foreign_bytes = runner_.foreign_bytes(device);
  } else {
    reading.used_bytes = reading.held ? reading.held->total() : 0;
    reading.utilisation = utilisation(device, workers);
  }
  return reading;
}

void DeviceSensors::read_gpu(unsigned gpu, DeviceReading& reading) const {
  const GpuInfo info = nvml_.gpu(gpu);
  reading.total_bytes = info.total_bytes;
  reading.used_bytes = info.total_bytes - info.free_bytes;
  GpuVitals vitals = nvml_.vitals(gpu);
  reading.utilisation = vitals.utilisation;
  reading.power_watts = vitals.power_watts;
  reading.temperature_celsius = vitals.temperature_celsius;
  reading.slowed_by = std::move(vitals.slowed_by);
  reading.memory_errors = vitals.memory_errors;
}

std::optional<double> DeviceSensors::utilisation(const std::string& device, const DeviceWorkers& workers) {
  const Work now{clock_.now(), cpu_seconds(workers.processes)};
  const auto [found, first] = before_.emplace(device, now);
  const Work before = std::exchange(found->second, now);
  if (first || now.at <= before.at) return std::nullopt;
  // A worker that ended took its count along.
  const double computed = std::max(0.0, now.seconds - before.seconds);
  return std::min(1.0, computed / ((now.at - before.at) * workers.threads));
}

}  // namespace clipmill
