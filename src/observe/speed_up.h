// How much sooner a batch was done than one clip after the other, and what of the system did it.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "core/history.h"
#include "observe/device_time.h"

namespace clipmill {

/// In the order in which they multiply.
enum class Factor {
  kResident,  ///< models that stayed:        (alone + spared) / alone
  kSharing,   ///< stages slowed by others:   alone / busy; below 1 where they share cores or a bus
  kOverlap,   ///< stages of one clip at once: busy / Σ over clips of the time in which any stage of it ran
  kMemory,    ///< clips side by side on a device: that / Σ over devices of the time in which any stage ran
  kDevices,   ///< devices at once, less their gaps: that / wall
};

inline constexpr std::array<std::string_view, 5> kFactors = {"resident_models", "sharing", "overlap",
                                                             "memory", "devices"};

/// Seconds, of everything that ran in a window.
struct SpeedUp {
  double busy = 0;    ///< of all stages
  double alone = 0;   ///< of the same stages as they take while no other clip runs
  double known = 0;   ///< what of `busy` such a measurement was found for; the rest counts as it was
  double spared = 0;  ///< loads that were not needed, because the model was there
  int loads = 0, spared_loads = 0;  ///< of components
  double clips = 0;                 ///< Σ over clips of the time in which any of its stages ran
  double devices = 0;               ///< Σ over devices of the time in which any stage ran there
  double wall = 0;                  ///< in which anything ran or waited
  int device_count = 0;

  /// One clip after the other, each with models of its own.
  double serial() const { return alone + spared; }
  /// serial() / wall; 0 where nothing ran. The product of all factors.
  double measured() const;
  /// Of one device: measured() without what the number of devices brings.
  double measured_of_one() const { return device_count > 0 ? measured() / device_count : 0; }
  double factor(Factor factor) const;
};

/// Stages that ran alone are looked for in the whole history, the rest in the window.
SpeedUp speed_up(const History& history, const Window& window);

}  // namespace clipmill
