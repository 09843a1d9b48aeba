// Names of files made from a clip's settings: "{index:03}-{slug}.mp4".
#pragma once

#include <string>
#include <string_view>

#include "core/job.h"

namespace clipmill {

/// Placeholders: index (place of the clip's entry in its manifest, from 1; all seeds of an entry share it),
/// slug (of the prompt), seed, width, height, frames, model (the folder's name, as a slug). The numeric ones
/// take a width, padded with zeros: {index:03}. {{ and }} are braces.
/// No placeholder's text holds a slash or a dot: only what the template itself says leads to other folders.
/// Throws Error(kInput) on an unknown placeholder or an unbalanced brace.
std::string fill_template(std::string_view text, const JobSpec& job, int index);

/// Throws what fill_template would, whatever the job.
void check_template(std::string_view text);

}  // namespace clipmill
