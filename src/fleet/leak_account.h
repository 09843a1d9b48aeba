// What a worker leaves behind, job after job, until another has to take its place.
#pragma once

#include <cstdint>
#include <limits>
#include <vector>

#include "core/event.h"

namespace clipmill {

inline constexpr std::int64_t kNoLimit = std::numeric_limits<std::int64_t>::max();

class LeakAccount {
 public:
  /// `most`: bytes that it may leave on its device in all.
  explicit LeakAccount(std::int64_t most) : most_(most) {}

  void add(const LeakFound& leak) { leaked_ += leak.bytes; }
  /// After a job. Growth counts where it is certain, and no leak told of it.
  void add(const MemorySampled& sample);
  bool too_much() const { return most_ != kNoLimit && (leaked_ > most_ || grown_); }

 private:
  std::int64_t most_;
  std::int64_t leaked_ = 0;
  /// After the last jobs; and the least there ever was.
  struct Series {
    std::vector<double> last = {};
    double lowest = std::numeric_limits<double>::infinity();

    void add(double bytes);
    /// Whether it rose by more than `most` since it was lowest, and not by chance.
    bool grew(double most) const;
  };

  int samples_ = 0;
  Series device_, host_;
  bool grown_ = false;
};

}  // namespace clipmill
