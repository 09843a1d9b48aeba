// How much of a clip one attempt makes. Between the parts lies a file: the latents and the sampler's state.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/job.h"
#include "core/stage.h"

namespace clipmill {

enum class Part {
  kWhole,    ///< all stages; the only part of jobs that are no clips
  kDenoise,  ///< encode_text and denoise: ends with the state file at its last step
  kDecode,   ///< decode, render and encode_video: begins with such a file
};

inline constexpr std::array<std::pair<Part, std::string_view>, 3> kParts = {
    {{Part::kWhole, "whole"}, {Part::kDenoise, "denoise"}, {Part::kDecode, "decode"}}};

constexpr std::string_view to_string(Part part) { return kParts[static_cast<std::size_t>(part)].second; }

/// Whether it is a stage of that part.
constexpr bool belongs(Stage stage, Part part) {
  return part == Part::kWhole || (part == Part::kDecode) == overlaps(stage);
}

/// Where a worker leaves what this part of the job took of device memory (JobSpec::memory_usage).
inline std::string memory_usage_file(const JobSpec& job, Part part) {
  if (part == Part::kWhole || job.memory_usage.empty()) return job.memory_usage;
  return job.memory_usage + "." + std::string(to_string(part));
}

/// Where parts that are not made beside this one would have left theirs: of a clip made before otherwise.
inline std::vector<std::string> other_memory_files(const JobSpec& job, Part part) {
  if (job.memory_usage.empty()) return {};
  if (part != Part::kWhole) return {job.memory_usage};
  return {memory_usage_file(job, Part::kDenoise), memory_usage_file(job, Part::kDecode)};
}

/// Empty if no part is called so.
constexpr std::optional<Part> part_from(std::string_view name) {
  for (const auto& [part, known] : kParts) {
    if (known == name) return part;
  }
  return std::nullopt;
}

}  // namespace clipmill
