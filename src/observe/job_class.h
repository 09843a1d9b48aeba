// What jobs are for: somebody waits for a clip, or a batch is to use the devices well.
#pragma once

#include <array>
#include <string_view>

namespace clipmill {

enum class JobClass { kInteractive, kBatch };

inline constexpr std::array<std::string_view, 2> kJobClasses = {"interactive", "batch"};

constexpr std::string_view to_string(JobClass kind) { return kJobClasses[static_cast<std::size_t>(kind)]; }

/// Jobs with a deadline, and those of at least the priority `interactive_from`, have somebody who waits.
constexpr JobClass class_of(int priority, bool has_deadline, int interactive_from) {
  return has_deadline || priority >= interactive_from ? JobClass::kInteractive : JobClass::kBatch;
}

}  // namespace clipmill
