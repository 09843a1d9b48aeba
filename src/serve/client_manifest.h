// A client's list of clips: a manifest that names nothing of the server's but models and LoRAs, by name.
#pragma once

#include <functional>
#include <string>

#include "manifest/manifest.h"
#include "serve/video_request.h"

namespace clipmill {

/// So many clips in one request.
inline constexpr std::size_t kMostClips = 10'000;

struct ManifestReading {
  RequestReading request;
  std::function<std::string(const std::string&)> model_path;  ///< of a name; throws Error(kInput)
  std::function<void(JobSpec&)> shape;  ///< gives a job the size and length that its model is made for
  std::string only_model;               ///< name of the model of clips that name none; empty: they must
};

/// Of "application/toml", "application/jsonl" (or x-ndjson) and "text/csv", parameters behind a semicolon
/// left out. Throws RequestProblem (415) for another type.
Format format_of_type(const std::string& content_type);

/// Throws ManifestError with the line of everything that is wrong. Outputs are left empty: the server names
/// them.
Manifest client_manifest(const std::string& text, Format format, const ManifestReading& reading);

}  // namespace clipmill
