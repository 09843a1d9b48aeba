// How a clip's wishes become render options.
#pragma once

#include "core/job.h"
#include "media/render.h"

namespace clipmill {

/// The engine renders by it, and the command line checks by it before anything runs.
RenderOptions render_options(const ClipSpec& clip);

}  // namespace clipmill
