// What clipmill needs from the machine it runs on, looked at piece by piece.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace clipmill {

enum class CheckResult { kOk, kWarning, kError };
std::string_view to_string(CheckResult result);

/// One line of the doctor's report.
struct Check {
  std::string name;
  CheckResult result = CheckResult::kOk;
  std::string text;  ///< what was found
  std::string hint;  ///< how to mend it, if it is not ok
};

struct DoctorOptions {
  std::filesystem::path worker;  ///< the engine's program
  std::filesystem::path models;  ///< folder with model folders
  std::filesystem::path folder;  ///< where clips would go: its free disk space counts
};

/// Never throws: what cannot be looked at is a line of its own.
std::vector<Check> examine(const DoctorOptions& options);

}  // namespace clipmill
