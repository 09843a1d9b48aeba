// The mean loss between two rows of the log.
#pragma once

namespace clipmill {

struct LossMeter {
  double sum = 0;
  int count = 0;

  void add(double loss) { sum += loss, ++count; }
  /// And begins anew.
  double take() {
    const double mean = sum / count;
    *this = {};
    return mean;
  }
};

}  // namespace clipmill
