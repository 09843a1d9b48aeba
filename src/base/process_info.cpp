#include "base/process_info.h"

#include <algorithm>
#include <fstream>
#include <iterator>

#include "base/number.h"

namespace clipmill {
namespace fs = std::filesystem;
namespace {

/// 0 for what is no process.
pid_t pid_of(const fs::path& folder) { return number_in<pid_t>(folder.filename().string()).value_or(0); }

std::vector<std::string> arguments_in(const fs::path& file) {
  std::ifstream text(file, std::ios::binary);
  std::vector<std::string> arguments;
  for (std::string argument; std::getline(text, argument, '\0');) arguments.push_back(argument);
  return arguments;
}

}  // namespace

std::optional<ProcessInfo> process_info(pid_t pid, const fs::path& proc) {
  const fs::path folder = proc / std::to_string(pid);
  std::ifstream status(folder / "status");
  if (!status) return std::nullopt;
  ProcessInfo info{.pid = pid};
  for (std::string line; std::getline(status, line);) {
    const auto value = [&](std::string_view key) {
      if (!line.starts_with(key)) return std::string();
      const std::size_t start = line.find_first_not_of(" \t", key.size());
      return start == line.npos ? std::string() : line.substr(start);
    };
    if (const std::string name = value("Name:"); !name.empty()) info.name = name;
    if (const std::string parent = value("PPid:"); !parent.empty()) info.parent = std::stoi(parent);
    if (const std::string kibibytes = value("RssAnon:"); !kibibytes.empty())
      info.anonymous_bytes = std::stoll(kibibytes) * 1024;
  }
  info.arguments = arguments_in(folder / "cmdline");
  return info;
}

std::vector<ProcessInfo> list_processes(const fs::path& proc) {
  std::vector<ProcessInfo> all;
  std::error_code gone;
  for (fs::directory_iterator entry(proc, gone); entry != fs::directory_iterator(); entry.increment(gone)) {
    const pid_t pid = pid_of(entry->path());
    if (pid == 0) continue;
    if (auto info = process_info(pid, proc)) all.push_back(std::move(*info));
  }
  std::ranges::sort(all, {}, &ProcessInfo::pid);
  return all;
}

}  // namespace clipmill
