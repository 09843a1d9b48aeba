// The clips that `run` and `submit` are asked for: of a manifest, or one from flags.
#pragma once

#include <CLI/CLI.hpp>
#include <filesystem>
#include <string>

#include "clipmill/job_flags.h"
#include "manifest/manifest.h"

namespace clipmill {

struct ClipListOptions {
  std::string manifest, output_folder;
};

struct ClipList {
  Manifest manifest;             ///< its paths are absolute
  std::filesystem::path folder;  ///< where its clips go
};

/// --output-folder. `options` has to outlive `command`.
void add_clip_list_flags(CLI::App& command, ClipListOptions& options);

/// A flag is relative to where one stands, a manifest's own folder to the manifest. Throws Error(kInput).
ClipList clip_list(const ClipListOptions& options, const JobFlags& flags);

}  // namespace clipmill
