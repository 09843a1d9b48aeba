// A /proc of made-up processes, for tests.
#pragma once

#include <sys/types.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

namespace clipmill {

class FakeProc {
 public:
  FakeProc() {
    std::string name = (std::filesystem::temp_directory_path() / "clipmill-proc-XXXXXX").string();
    folder = ::mkdtemp(name.data());
  }
  ~FakeProc() { std::filesystem::remove_all(folder); }
  void write(pid_t pid, const std::string& file, const std::string& text) const {
    std::filesystem::create_directories(folder / std::to_string(pid));
    std::ofstream(folder / std::to_string(pid) / file) << text;
  }
  std::filesystem::path folder;
};

}  // namespace clipmill
