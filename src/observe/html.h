// Text as it may stand in a page.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace clipmill {

/// Safe as content and inside quoted attributes.
std::string escape_html(std::string_view text);

/// A relative URL from a page in `folder` to `file`, percent-encoded.
std::string relative_url(const std::filesystem::path& file, const std::filesystem::path& folder);

}  // namespace clipmill
