// Bytes as text, for what is embedded in a page.
#pragma once

#include <string>
#include <string_view>

namespace clipmill {

/// RFC 4648, with padding.
std::string base64(std::string_view bytes);

}  // namespace clipmill
