// Tries batches on a device, and comes back from each out-of-memory.
#pragma once

#include "vram/batch_size.h"
#include "vram/device.h"

namespace clipmill {

/// Computes one batch of `size` items and keeps nothing of it, also when an exception ends it (gradients!).
using RunBatch = std::function<void(std::int64_t size)>;

/// One run of `run(size)`: c10::OutOfMemoryError becomes fits = false; peak and seconds are measured (bytes
/// of the whole device, as its budget counts them). Where more is held afterwards than before, the batch runs
/// once more: libraries keep something for good the first time. What grows again is a leak, and throws
/// Error(kInternal) with its bytes.
BatchProbe probe_batch(Device& device, const RunBatch& run, std::int64_t size);

/// find_batch_size() with probe_batch() under the budget that `device` has.
BatchSize find_batch_size(Device& device, const RunBatch& run, const BatchLimits& limits);

}  // namespace clipmill
