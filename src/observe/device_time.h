// Where a device's time went, as parts that add up to it.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "core/history.h"

namespace clipmill {

/// From `start` to `end`, Unix seconds.
struct Window {
  double start = 0, end = 0;
  double seconds() const { return end > start ? end - start : 0; }
};

/// Stages that compute on the device; the others work on the host's cores.
constexpr bool on_device(Stage stage) { return stage != Stage::kRender && stage != Stage::kEncodeVideo; }

/// Why a device computes no stage.
enum class Idle {
  kFrames,   ///< a clip's frames are still rendered or encoded
  kMemory,   ///< the next job does not fit into what is free
  kBetween,  ///< it has a job, but none of its stages runs: the worker starts, files are opened
  kWork,     ///< jobs wait, though nothing keeps it from them: a pause, another device ends them sooner
  kNothing,  ///< nothing waits
  kOff,      ///< no program ran that could have given it work
};

inline constexpr std::array<std::string_view, 6> kIdles = {
    "waiting_for_frames", "waiting_for_memory", "between_stages", "idle_with_work_waiting", "idle", "off"};

constexpr std::string_view to_string(Idle idle) { return kIdles[static_cast<std::size_t>(idle)]; }

/// Seconds. `stages` and `idle` add up to the window: where k stages run at once, each has 1/k of that time.
struct DeviceTime {
  std::string device;
  std::array<double, kStages.size()> stages{};  ///< indexed by Stage; 0 of those not on the device
  std::array<double, kIdles.size()> idle{};     ///< indexed by Idle
  double overlapped = 0;                        ///< while more than one of its stages ran
  double held_back = 0;                         ///< while it worked, and the next job did not fit beside that

  double total() const;
};

/// Of each device that the history names, by name.
std::vector<DeviceTime> device_times(const History& history, const Window& window);

}  // namespace clipmill
