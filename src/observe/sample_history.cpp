#include "observe/sample_history.h"

namespace clipmill {

void SampleHistory::add(const Sample& sample) {
  HistoryPoint point{sample.time, {}, sample.waiting()};
  for (const DeviceSample& device : sample.devices)
    point.devices.push_back(
        {device.reading.held.value_or(BytesByCategory()), device.reading.utilisation, !device.jobs.empty()});
  points_.push_back(std::move(point));
  while (points_.size() > most_ || points_.front().time < sample.time - seconds_) points_.pop_front();
}

std::vector<HistoryPoint> SampleHistory::last(double seconds) const {
  std::vector<HistoryPoint> points;
  for (const HistoryPoint& point : points_) {
    if (point.time >= points_.back().time - seconds) points.push_back(point);
  }
  return points;
}

double SampleHistory::load(double seconds) const {
  double busy = 0, all = 0;
  for (auto point = points_.rbegin(); point != points_.rend(); ++point) {
    if (point->time < points_.back().time - seconds) break;
    for (const DevicePoint& device : point->devices) busy += device.busy ? 1 : 0;
    all += static_cast<double>(point->devices.size());
  }
  return all > 0 ? busy / all : 0;
}

}  // namespace clipmill
