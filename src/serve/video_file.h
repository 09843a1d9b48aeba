// The names of the API's clips: what a client's key, and a video that was remixed, make of them.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "core/event.h"

namespace clipmill {

/// Longer keys would make names that no file system takes.
inline constexpr std::size_t kLongestKey = 128;

/// Of clips that were asked for with this key: another key is another name.
std::string name_of_key(std::string_view key);

/// "NAME.mp4", "NAME.from-12.mp4" of a remix of job 12. A NAME has no dots.
std::string video_file(const std::string& name, std::optional<JobId> remix_of);
/// The job that the clip in `file` is a remix of.
std::optional<JobId> remix_source(const std::filesystem::path& file);

}  // namespace clipmill
