// From a document to jobs: layers, sweeps, names.
#pragma once

#include <span>
#include <string_view>

#include "manifest/document.h"
#include "manifest/manifest.h"

namespace clipmill {

/// See manifest.h for what the keys mean. Throws ManifestError.
Manifest expand_document(const Document& document, std::string_view file_name, const JobSpec& base,
                         std::span<const Override> overrides);

}  // namespace clipmill
