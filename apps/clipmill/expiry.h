// Results that are kept for so long and no longer.
#pragma once

#include "store/sqlite_store.h"

namespace clipmill {

class Expiry {
 public:
  /// `seconds` after its end a clip is deleted, with its poster, and its job is forgotten; 0: never.
  Expiry(SqliteStore& store, double seconds, WallTime wall_time)
      : store_(store), seconds_(seconds), wall_time_(std::move(wall_time)) {}

  /// To be called often; it looks once a minute.
  void look();

 private:
  SqliteStore& store_;
  const double seconds_;
  const WallTime wall_time_;
  double looked_at_ = 0;
};

}  // namespace clipmill
