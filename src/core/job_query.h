// Which jobs of a store one wants to see, a page at a time.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "core/event.h"
#include "core/job_state.h"

namespace clipmill {

/// In the order of their numbers.
struct JobQuery {
  std::string prefix;         ///< of their outputs
  JobId after = 0;            ///< the last one seen; 0: from the first on
  std::size_t limit = 0;      ///< jobs at most
  bool newest_first = false;  ///< the other way round
  bool open = false;          ///< only those that are not over
  std::optional<JobState> state = std::nullopt;
};

}  // namespace clipmill
