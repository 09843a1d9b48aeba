// Leaks of eleven kinds, of tensors that are real.
#pragma once

#include <ATen/ATen.h>

#include <functional>
#include <span>

#include "vram/memory_account.h"

namespace clipmill::test {

/// What was left is given back by it.
using Undo = std::function<void()>;

struct PlantedLeak {
  const char* name;
  Undo (*plant)();
  MemoryCategory category;
  const char* scope;  ///< inside that of whoever calls plant()
  std::int64_t kibibytes;
};

std::span<const PlantedLeak> planted_leaks();

/// The weight beside which a copy is left: it may stay itself.
at::Tensor& resident_weight();

}  // namespace clipmill::test
