// Clips and weights into a hash.
#pragma once

#include <filesystem>

#include "base/fnv1a.h"
#include "train/parameters.h"

namespace clipmill {

/// The content of a file, or of `clip`'s pictures where it is a folder. Throws Error(kIo).
void add_clip(Fnv1a& hash, const std::filesystem::path& clip);

/// Names and values, as 16 hexadecimal digits.
std::string hash_of(const Parameters& parameters);

}  // namespace clipmill
