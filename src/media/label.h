// The visible mark of AI-generated pictures (docs/aigc-label.md).
#pragma once

#include <string>

#include "media/filter_chain.h"
#include "media/fit.h"

namespace clipmill {

/// Options of the drawtext filter that shows `text` in the lower right corner on every frame, in white on a
/// translucent box, its capital letters at least 5 % of the shorter side high whatever the size of the
/// delivered picture. `expected` is that size as far as it is known beforehand; it serves to refuse, with
/// Error(kInput), a text too long for it.
FilterOptions label_options(const std::string& text, Size expected);

}  // namespace clipmill
