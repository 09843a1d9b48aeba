// Mixed precision for a scope: matrix products and convolutions in half precision, sums and norms in fp32.
#pragma once

#include <ATen/ATen.h>

namespace clipmill {

/// Turns autocast on (or off) for one type of device in this thread, and puts back what it found when the
/// scope ends. Guards nest; when the outermost ends, the cache of weights cast to half precision is dropped.
/// A backward pass belongs outside: it follows the types of the forward pass by itself.
class AutocastGuard {
 public:
  /// `cache`: cast a weight once per outermost scope, however often it is used. Turn it off where weights
  /// change inside the scope. Throws Error(kInput) for a type other than fp16 and bf16, unless `enabled` is
  /// false.
  AutocastGuard(at::DeviceType device, at::ScalarType dtype, bool enabled = true, bool cache = true);
  ~AutocastGuard();
  AutocastGuard(const AutocastGuard&) = delete;
  AutocastGuard& operator=(const AutocastGuard&) = delete;

 private:
  at::DeviceType device_;
  at::ScalarType previous_dtype_;
  bool previously_enabled_;
  bool previous_cache_;
};

}  // namespace clipmill
