#include "observe/queueing.h"

namespace clipmill {
namespace {

constexpr int kHalvings = 40, kMostDevices = 4096;

/// That a job has to wait at all. By Erlang B's recurrence, which cannot overflow.
double erlang_c(int devices, double busy) {
  double blocked = 1;
  for (int i = 1; i <= devices; ++i) blocked = busy * blocked / (i + busy * blocked);
  return blocked / (1 - busy / devices * (1 - blocked));
}

}  // namespace

double expected_waiting_share(int devices, double load) {
  if (load >= 1) return 1;
  if (load <= 0) return 0;
  const double wait = erlang_c(devices, load * devices) / (devices * (1 - load));  // in run times
  return wait / (wait + 1);
}

double most_load(int devices, double share) {
  double low = 0, high = 1;
  for (int i = 0; i < kHalvings; ++i) {
    const double middle = (low + high) / 2;
    (expected_waiting_share(devices, middle) <= share ? low : high) = middle;
  }
  return low;
}

int devices_needed(double busy, double share) {
  int devices = 1;
  while (devices < kMostDevices && expected_waiting_share(devices, busy / devices) > share) ++devices;
  return devices;
}

}  // namespace clipmill
