#include "vram/autocast.h"

#include <ATen/autocast_mode.h>

#include "base/error.h"

namespace clipmill {
namespace {

at::ScalarType checked(at::ScalarType dtype, bool enabled) {
  if (!enabled || dtype == at::kHalf || dtype == at::kBFloat16) return dtype;
  throw input_error("autocast computes in fp16 or bf16, not in {}", c10::toString(dtype));
}

}  // namespace

AutocastGuard::AutocastGuard(at::DeviceType device, at::ScalarType dtype, bool enabled, bool cache)
    : device_(device),
      previous_dtype_(at::autocast::get_autocast_dtype(device)),
      previously_enabled_(at::autocast::is_autocast_enabled(device)),
      previous_cache_(at::autocast::is_autocast_cache_enabled()) {
  at::autocast::set_autocast_dtype(device, checked(dtype, enabled));
  at::autocast::set_autocast_enabled(device, enabled);
  at::autocast::set_autocast_cache_enabled(cache);
  at::autocast::increment_nesting();
}

AutocastGuard::~AutocastGuard() {
  if (at::autocast::decrement_nesting() == 0) at::autocast::clear_cache();
  at::autocast::set_autocast_enabled(device_, previously_enabled_);
  at::autocast::set_autocast_dtype(device_, previous_dtype_);
  at::autocast::set_autocast_cache_enabled(previous_cache_);
}

}  // namespace clipmill
