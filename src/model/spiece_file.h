// A SentencePiece model file (a protobuf message), checked where the library itself would trust it.
#pragma once

#include <filesystem>
#include <string>

namespace clipmill {

/// The file's bytes. Throws Error(kInput) naming the file if it is missing, cut off (even exactly between two
/// fields), or holds a normalisation table that points outside itself.
std::string read_spiece_file(const std::filesystem::path& path);

}  // namespace clipmill
