// What was found out about models and pictures before: a service checks with every request.
#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <tuple>

#include "core/job.h"
#include "cost/limits.h"

namespace clipmill {

/// What a model was trained for, as a manifest has it; empty: not told.
struct TrainedShape {
  std::string size;
  std::optional<std::int64_t> frames;
};

/// For any thread.
class CheckCache {
 public:
  /// Of the model in a folder, read again when its files are others. Throws what ModelFolder::open throws.
  ModelLimits limits(const std::string& model);
  /// Gives a job the size and length that its model was trained for, where that is told.
  void shape(JobSpec& job);
  /// Throws Error(kInput) where the clip's pictures cannot be rendered as it asks.
  void check_render(const ClipSpec& clip);

 private:
  struct Known {
    std::string look;  ///< of its files, when they were read
    ModelLimits limits;
    TrainedShape shape;
  };
  Known known(const std::string& model);
  using Render = std::tuple<int, int, int, int, std::string, std::string>;

  std::mutex mutex_;
  std::map<std::string, Known> models_;
  std::set<Render> renders_;  ///< fine
};

}  // namespace clipmill
