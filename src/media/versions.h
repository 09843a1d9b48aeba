// What the linked libav can do.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace clipmill {

/// Library and version, as {"libavcodec", "59.37.100"}.
std::vector<std::pair<std::string, std::string>> av_versions();
bool has_encoder(const std::string& name);
bool has_filter(const std::string& name);

}  // namespace clipmill
