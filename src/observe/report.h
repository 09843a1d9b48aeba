// A run as one page: what was made, what it took, what failed and why.
#pragma once

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "observe/account.h"

namespace clipmill {

struct ReportOptions {
  std::string title;             ///< for instance the manifest's name
  std::filesystem::path folder;  ///< where the page will lie; links to clips are relative to it
  /// What the run ran on: {"clipmill", "0.1.0"}, {"device", "cpu:0, 8 threads"}, …
  std::vector<std::pair<std::string, std::string>> environment;
};

/// The HTML, complete in itself: styles and posters are embedded (a poster that cannot be read is left out),
/// only the clips are linked to.
std::string report_html(const Account& account, const ReportOptions& options);

}  // namespace clipmill
