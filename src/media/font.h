// Finds a font file on this machine that has the characters of a text.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace clipmill {

/// Where fonts are installed for this user.
std::vector<std::filesystem::path> font_folders();

/// A font file below `folders` that can draw `text`: any of the known sans-serif fonts for Latin text, one
/// with Chinese characters if `text` has any. Throws Error(kIo) with the package to install.
std::filesystem::path find_font(std::string_view text,
                                const std::vector<std::filesystem::path>& folders = font_folders());

}  // namespace clipmill
