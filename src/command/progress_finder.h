// How far a program is, read from what it prints.
#pragma once

#include <optional>
#include <regex>
#include <string>
#include <string_view>

namespace clipmill {

struct CommandProgress {
  int done = 0;
  int total = 0;

  bool operator==(const CommandProgress&) const = default;
};

/// Fed with output in pieces as they come; a progress bar's \r ends a line as \n does.
class ProgressFinder {
 public:
  /// `pattern` as of check_progress_pattern() (core/command_text.h); empty: the default.
  explicit ProgressFinder(const std::string& pattern);

  /// The last progress that the lines ending in `output` tell. Empty if they tell none; numbers that cannot
  /// be a progress (more done than there is) are none.
  std::optional<CommandProgress> feed(std::string_view output);

 private:
  std::optional<CommandProgress> find(std::string_view line) const;

  const std::regex pattern_;
  std::string begun_;  ///< the line that has not ended
};

}  // namespace clipmill
