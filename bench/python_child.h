// A script beside this file as a child process that answers lines.
#pragma once

#include <cstdio>
#include <filesystem>
#include <string>

namespace clipmill {

class PythonChild {
 public:
  /// Runs `script` with `folder` as its argument and waits until it says "ready". Throws Error(kInput) when
  /// it does not.
  PythonChild(const std::string& python, const std::string& script, const std::filesystem::path& folder);
  ~PythonChild();
  PythonChild(const PythonChild&) = delete;
  PythonChild& operator=(const PythonChild&) = delete;

  /// The line it answers; empty: it has ended.
  std::string ask(const std::string& line);

 private:
  std::string answer();

  std::FILE* answers_;
  std::FILE* orders_;
};

}  // namespace clipmill
