// Which components of a model were loaded, and which were there.
#pragma once

#include "core/history.h"

namespace clipmill {

struct Loads {
  int made = 0, spared = 0;
  double spared_seconds = 0;  ///< what the spared ones take, as far as others of their kind were made
};

/// Each of encode_text, denoise and decode needs a component; a load before it in its attempt made it, else
/// it was resident. Stages that began from `since` on count; loads of any time tell what one takes.
Loads loads_of(const History& history, double since);

}  // namespace clipmill
