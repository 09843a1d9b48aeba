// Work whose result does not depend on how much of it is done at once.
#pragma once

#include <c10/util/Exception.h>

#include "vram/device.h"

namespace clipmill {

/// make(batch); where that does not fit the memory, of half as much at once, a quarter, down to one, whose
/// c10::OutOfMemoryError is the caller's.
template <typename Make>
auto in_smaller_batches(int batch, Device& device, const Make& make) {
  for (; batch > 1; batch /= 2) {
    try {
      return make(batch);
    } catch (const c10::OutOfMemoryError&) {
      device.trim();
    }
  }
  return make(1);
}

}  // namespace clipmill
