// The host memory that this process holds by malloc.
#pragma once

#include <cstdint>

namespace clipmill {

/// Bytes in use, of all threads' arenas and of blocks mapped on their own. Tensors of the CPU are among them.
/// Takes up to milliseconds.
std::int64_t host_heap_bytes();

}  // namespace clipmill
