// The course of adherence while training: adherence.csv.
#pragma once

#include <filesystem>

#include "shapes/adherence.h"

namespace clipmill {

/// A line more; the file is replaced as a whole. Throws Error(kIo).
void append_adherence(const std::filesystem::path& file, int step, const shapes::Adherence& adherence);
/// Forgets the lines of later steps than `step`.
void rewind_adherence(const std::filesystem::path& file, int step);

}  // namespace clipmill
