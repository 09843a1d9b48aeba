#include "core/circle.h"

#include <algorithm>
#include <unordered_set>

namespace clipmill {
namespace {

class CircleSearch {
 public:
  explicit CircleSearch(const std::function<std::vector<JobId>(JobId)>& needs) : needs_(needs) {}

  std::vector<JobId> from(JobId start) {
    enter(start);
    while (!path_.empty()) {
      std::vector<JobId>& open = path_.back().open;
      if (open.empty()) {
        on_path_.erase(path_.back().job);
        path_.pop_back();
        continue;
      }
      const JobId next = open.back();
      open.pop_back();
      if (on_path_.contains(next)) return circle_at(next);
      enter(next);
    }
    return {};
  }

 private:
  struct Step {
    JobId job;
    std::vector<JobId> open;  // of its needs, those not looked at yet
  };

  void enter(JobId job) {
    if (!seen_.insert(job).second) return;
    on_path_.insert(job);
    path_.push_back({job, needs_(job)});
  }

  std::vector<JobId> circle_at(JobId job) const {
    std::vector<JobId> circle;
    for (auto step = std::ranges::find(path_, job, &Step::job); step != path_.end(); ++step)
      circle.push_back(step->job);
    return circle;
  }

  const std::function<std::vector<JobId>(JobId)>& needs_;
  std::unordered_set<JobId> seen_, on_path_;
  std::vector<Step> path_;
};

}  // namespace

std::vector<JobId> find_circle(std::span<const JobId> jobs,
                               const std::function<std::vector<JobId>(JobId)>& needs) {
  CircleSearch search(needs);
  for (const JobId job : jobs) {
    if (auto circle = search.from(job); !circle.empty()) return circle;
  }
  return {};
}

}  // namespace clipmill
