// A phase whose steps may run out of memory.
#pragma once

#include "train/phase_loop.h"

namespace clipmill {

/// The same phase; c10::OutOfMemoryError of a step becomes an Error(kOutOfMemory) that names the phase, the
/// step, `budget` (bytes; 0: the device's own memory), the last saved state, and what needs less.
Phase within_memory(Phase phase, std::int64_t budget);

}  // namespace clipmill
