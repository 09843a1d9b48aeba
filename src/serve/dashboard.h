// The page that a browser shows of the daemon.
#pragma once

#include <span>

#include "serve/embedded_files.h"
#include "serve/routes.h"

namespace clipmill {

/// Where the page's files are, and what it says to be read by anybody (http_gate.h): it holds nothing of the
/// queue's.
inline constexpr std::string_view kDashboard = "/dashboard/";

/// GET / (index.html) and /dashboard/NAME. A browser may load nothing from elsewhere for it, nor run a script
/// that stands in the page.
Routes dashboard(std::span<const EmbeddedFile> files);

}  // namespace clipmill
