// A clip's settings while the layers of a manifest are laid over each other.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "core/job_fields.h"
#include "manifest/document.h"

namespace clipmill {

struct ClipPlan {
  JobSpec spec;
  std::optional<std::vector<std::int64_t>> seeds;  ///< a list wins over `count`
  std::int64_t count = 1;

  /// Throws Error(kInput) if they run beyond the largest seed.
  std::vector<std::int64_t> all_seeds() const;
};

/// Lays `entries` over `plan`. A key that does not exist or a value that does not fit becomes a problem; the
/// others are set all the same.
void apply_layer(ClipPlan& plan, std::span<const Entry> entries, std::vector<Diagnostic>& problems);

/// A problem for each entry whose key does not exist, with the nearest that does.
void check_keys(std::span<const Entry> entries, std::vector<Diagnostic>& problems);

}  // namespace clipmill
