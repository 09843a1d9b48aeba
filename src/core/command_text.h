// The placeholders of a command, {prompt} as {output}, and the pattern that finds its progress.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/job.h"

namespace clipmill {

/// What only the worker knows of a run.
struct CommandPlace {
  std::string output;  ///< where the program writes: a temporary name with the clip's extension
  std::string device;  ///< "cuda:0"
};

/// `text` filled in. Throws Error(kInput) on a placeholder that does not exist, with the nearest that does.
std::string fill_command_text(std::string_view text, const JobSpec& job, const CommandPlace& place);
void check_command_text(std::string_view text);

/// Every placeholder with its value, in the order of the table.
std::vector<std::pair<std::string_view, std::string>> command_values(const JobSpec& job,
                                                                     const CommandPlace& place);

/// Throws Error(kInput) unless it is a regular expression with one group (a percentage) or two (done, total).
void check_progress_pattern(const std::string& pattern);
/// What tqdm and most step counters print.
inline constexpr std::string_view kDefaultProgress = R"((\d+)/(\d+))";

}  // namespace clipmill
