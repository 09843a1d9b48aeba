#include "core/job_query.h"

#include <algorithm>
#include <limits>

#include "core/ports.h"

namespace clipmill {
namespace {

bool is_asked_for(const Job& job, const JobQuery& query) {
  const bool beyond = query.after == 0 || (query.newest_first ? job.id < query.after : job.id > query.after);
  return beyond && job.spec.output.starts_with(query.prefix) && !(query.open && is_over(job.state)) &&
         (!query.state || job.state == *query.state);
}

}  // namespace

std::vector<Job> JobStore::page(const JobQuery& query) const {
  std::vector<Job> found = jobs();
  std::erase_if(found, [&](const Job& job) { return !is_asked_for(job, query); });
  if (query.newest_first) std::ranges::reverse(found);
  if (found.size() > query.limit) found.resize(query.limit);
  return found;
}

std::vector<Job> JobStore::with_prefix(const std::string& prefix) const {
  return page({.prefix = prefix, .limit = std::numeric_limits<std::size_t>::max()});
}

}  // namespace clipmill
