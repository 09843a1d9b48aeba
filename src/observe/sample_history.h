// The last hour, sample by sample.
#pragma once

#include <deque>
#include <span>
#include <vector>

#include "observe/sample.h"

namespace clipmill {

/// Of a device, as few numbers as a curve needs.
struct DevicePoint {
  BytesByCategory held;
  std::optional<double> utilisation;
  bool busy = false;
};

struct HistoryPoint {
  double time = 0;                   ///< Unix seconds
  std::vector<DevicePoint> devices;  ///< in the order of the samples
  int waiting = 0;
};

class SampleHistory {
 public:
  /// Keeps what is younger than `seconds`, `most` points at most.
  explicit SampleHistory(double seconds = 3600, std::size_t most = 3600) : seconds_(seconds), most_(most) {}

  void add(const Sample& sample);
  /// Of the last `seconds` before the newest, oldest first.
  std::vector<HistoryPoint> last(double seconds) const;
  /// How much of its time a device was busy on average over the last `seconds`; 0 … 1.
  double load(double seconds) const;

 private:
  const double seconds_;
  const std::size_t most_;
  std::deque<HistoryPoint> points_;
};

}  // namespace clipmill
