// What memory plans cost in time, to tell which is the faster: in seconds, but by the usual rates of a kind
// of device. It depends on nothing that was measured before, so that the same clip gets the same plan each
// time, and with it the same last bits. How long a clip will take, core/estimator.h says.
#pragma once

#include "cost/clip_work.h"

namespace clipmill {

/// Of encode_text, denoise or decode, with loading where components do not stay. Never less than under the
/// default plan, nor less in more pieces.
double plan_seconds(const ModelCost& model, const ClipSpec& clip, Stage stage, const StageSetting& setting);

}  // namespace clipmill
