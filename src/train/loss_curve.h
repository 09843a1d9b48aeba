// The loss of each phase over its steps, as a picture for a browser.
#pragma once

#include <string>
#include <vector>

#include "train/training_log.h"

namespace clipmill {

/// An SVG with one panel a phase, the loss on a logarithmic axis.
std::string loss_curve(const std::vector<LogRow>& rows);

}  // namespace clipmill
