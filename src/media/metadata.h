// What a clip says about itself in its container.
#pragma once

#include <cstdint>
#include <map>
#include <string>

namespace clipmill {

/// Text of any length and encoding; what is written is made valid UTF-8 and cut where it says so.
struct ClipMetadata {
  std::string prompt;
  std::uint64_t seed = 0;
  std::string model;  ///< as the user knows it: the folder's name
  std::string plan;   ///< precision, threads and libraries: with them and the seed the same bytes come again
  std::string version;     ///< of the program, as "clipmill 0.1.0"
  std::string producer;    ///< name or code of whoever offers the service: ContentProducer
  std::string produce_id;  ///< the producer's own number of this clip: ProduceID
};

/// Bytes of the prompt that the container keeps; readers have trouble with much longer tags.
inline constexpr std::size_t kPromptLimit = 8192;

/// The machine-readable mark of GB 45438-2025 (docs/aigc-label.md), a JSON object of strings in printable
/// ASCII. A fresh clip's propagator is its producer.
std::string aigc_json(const ClipMetadata& metadata);

/// Keys and values for Mp4Writer: prompt (at most kPromptLimit bytes, ending in "…" if cut), seed, model,
/// plan, version, comment, AIGC.
std::map<std::string, std::string> container_metadata(const ClipMetadata& metadata);

/// `text` with U+FFFD for every byte that is not UTF-8, and without NUL.
std::string valid_utf8(std::string text);

}  // namespace clipmill
