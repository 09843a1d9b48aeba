#include "base/cpu_seconds.h"

#include <unistd.h>

#include <fstream>
#include <sstream>
#include <string>

namespace clipmill {
namespace {

/// Between a program's name, which may hold anything, and utime.
constexpr int kFieldsBeforeTimes = 11;

double ticks_of(const std::filesystem::path& file) {
  std::ifstream stat(file);
  std::string text;
  std::getline(stat, text, '\0');
  const std::size_t name_end = text.rfind(')');
  if (name_end == std::string::npos) return 0;
  std::istringstream fields(text.substr(name_end + 1));
  std::string skipped;
  for (int i = 0; i < kFieldsBeforeTimes; ++i) fields >> skipped;
  double user = 0, system = 0, children_user = 0, children_system = 0;
  fields >> user >> system >> children_user >> children_system;
  return user + system + children_user + children_system;
}

}  // namespace

double cpu_seconds(std::span<const pid_t> processes, const std::filesystem::path& proc) {
  double ticks = 0;
  for (const pid_t pid : processes) ticks += ticks_of(proc / std::to_string(pid) / "stat");
  return ticks / static_cast<double>(::sysconf(_SC_CLK_TCK));
}

}  // namespace clipmill
