#include "vram/host_heap.h"

#include <malloc.h>

namespace clipmill {

std::int64_t host_heap_bytes() {
  const struct mallinfo2 heap = ::mallinfo2();
  return static_cast<std::int64_t>(heap.uordblks + heap.hblkhd);
}

}  // namespace clipmill
