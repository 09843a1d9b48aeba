// A part of a long list of jobs.
#pragma once

#include <algorithm>
#include <optional>
#include <vector>

#include "core/event.h"
#include "core/job_state.h"

namespace clipmill {

struct JobPage {
  JobId after = 0;         ///< begins behind this one; 0: with the first
  std::size_t limit = 50;  ///< jobs
  std::optional<JobState> state = std::nullopt;
  bool newest_first = false;
};

/// That part of `jobs`, which are all there are, by id.
template <typename Job>
std::vector<Job> page_of(std::vector<Job> jobs, const JobPage& page) {
  if (page.newest_first) std::ranges::reverse(jobs);
  std::erase_if(jobs, [&](const Job& job) {
    const bool before = page.after != 0 && (page.newest_first ? job.id >= page.after : job.id <= page.after);
    return before || (page.state && job.state != *page.state);
  });
  if (jobs.size() > page.limit)
    jobs.erase(jobs.begin() + static_cast<std::ptrdiff_t>(page.limit), jobs.end());
  return jobs;
}

}  // namespace clipmill
