// For tests of the programs: runs them, and gives a folder that goes away.
#pragma once

#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

namespace clipmill {

namespace fs = std::filesystem;

inline const fs::path kSource = CLIPMILL_SOURCE_DIR, kBuild = CLIPMILL_BINARY_DIR;

inline std::string quoted(const std::string& text) {
  std::string result = "'";
  for (const char c : text) result += c == '\'' ? "'\\''" : std::string(1, c);
  return result + "'";
}

inline std::string content_of(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

struct Outcome {
  int exit_code;
  std::string out, err;
};

class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string name = (fs::temp_directory_path() / "clipmill-test-XXXXXX").string();
    path_ = ::mkdtemp(name.data());
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }

  fs::path operator/(const std::string& name) const { return path_ / name; }
  const fs::path& path() const { return path_; }

  /// Runs a shell command with this as its working directory.
  Outcome run(const std::string& command) const {
    const fs::path out = path_ / ".stdout", err = path_ / ".stderr";
    const int status = std::system(
        ("cd " + quoted(path_) + " && ( " + command + " ) >" + quoted(out) + " 2>" + quoted(err)).c_str());
    return {WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status), content_of(out),
            content_of(err)};
  }

 private:
  fs::path path_;
};

}  // namespace clipmill
