// What a phase's saved state is of, in a file beside it.
#pragma once

#include <filesystem>
#include <optional>

#include "train/fingerprint.h"

namespace clipmill {

struct PhaseRecord {
  Fingerprint fingerprint;
  /// Where the phase went on under another course: [{"step": steps done before, "change": "… is 0.1, was
  /// 0.2"}].
  nlohmann::ordered_json changes = nlohmann::ordered_json::array();
  /// The first step after the saved state gave a loss or a gradient that is no number: no other course mends
  /// that.
  bool broken = false;
};

/// Replaced as a whole. Throws Error(kIo).
void write_record(const std::filesystem::path& file, const PhaseRecord& record);
/// Nothing where there is none, or a torn one.
std::optional<PhaseRecord> read_record(const std::filesystem::path& file);

/// Moves those of `files` that exist into a new folder "earlier-1", "earlier-2", … of `folder`, and tells
/// which.
std::filesystem::path set_aside(const std::filesystem::path& folder,
                                const std::vector<std::filesystem::path>& files);

}  // namespace clipmill
