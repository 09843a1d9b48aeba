#include "vram/host_block.h"

#include <c10/core/alignment.h>
#include <malloc.h>

namespace clipmill {
namespace {

HostBlock try_host_block(std::size_t bytes) {
  void* data = nullptr;
  const bool refused = ::posix_memalign(&data, c10::gAlignment, bytes) != 0;
  return {refused ? nullptr : data, &std::free};
}

}  // namespace

HostBlock host_block(std::size_t bytes) {
  HostBlock block = try_host_block(bytes);
  if (!block && ::malloc_trim(0) != 0) block = try_host_block(bytes);
  return block;
}

}  // namespace clipmill
