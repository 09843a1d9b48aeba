#include "vram/batch_driver.h"

#include <c10/util/Exception.h>

#include <chrono>

#include "base/error.h"
#include "base/units.h"

namespace clipmill {
namespace {

std::int64_t held(Device& device) {
  device.synchronize();
  return device.memory().current;
}

/// Whether it fitted. The exception, and what it keeps alive, is gone when this returns.
bool fitted(const RunBatch& run, std::int64_t size) {
  try {
    run(size);
    return true;
  } catch (const c10::OutOfMemoryError&) {
    return false;
  }
}

BatchProbe run_once(Device& device, const RunBatch& run, std::int64_t size) {
  using Clock = std::chrono::steady_clock;
  device.synchronize();
  device.reset_peak();
  const auto start = Clock::now();
  BatchProbe probe = {.size = size, .fits = fitted(run, size)};
  device.synchronize();
  probe.seconds = std::chrono::duration<double>(Clock::now() - start).count();
  probe.bytes = device.memory().peak;
  if (!probe.fits) device.trim();  // pieces of the batch that failed would be in the next one's way
  return probe;
}

}  // namespace

BatchProbe probe_batch(Device& device, const RunBatch& run, std::int64_t size) {
  const std::int64_t before = held(device);
  BatchProbe probe = run_once(device, run, size);
  const std::int64_t once = held(device);
  if (once <= before) return probe;
  probe = run_once(device, run, size);
  const std::int64_t twice = held(device);
  if (twice > once) {
    throw Error(
        ErrorKind::kInternal,
        fmt::format("a batch of {} left {} behind, and more each time", size, format_bytes(twice - once)),
        "let the batch keep no tensors: no outputs, no gradients of new tensors, no caches");
  }
  return probe;
}

BatchSize find_batch_size(Device& device, const RunBatch& run, const BatchLimits& limits) {
  return find_batch_size([&](std::int64_t size) { return probe_batch(device, run, size); }, limits);
}

}  // namespace clipmill
