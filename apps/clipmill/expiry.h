// Results that are kept for so long and no longer.
#pragma once

#include <functional>

#include "store/sqlite_store.h"

namespace clipmill {

class Expiry {
 public:
  /// `seconds` after its end a clip is deleted, with all that was written beside it, and its job is
  /// forgotten; 0: never. A clip that is another one by now stays, with everything.
  Expiry(SqliteStore& store, double seconds, WallTime wall_time, std::function<void(JobId)> gone)
      : store_(store), seconds_(seconds), wall_time_(std::move(wall_time)), gone_(std::move(gone)) {}

  /// To be called often; it looks at most once a minute, and as often as results expire. What is told of the
  /// past goes after 31 days.
  void look();

 private:
  SqliteStore& store_;
  const double seconds_;
  const WallTime wall_time_;
  const std::function<void(JobId)> gone_;
  double looked_at_ = 0, history_looked_at_ = 0;
};

}  // namespace clipmill
