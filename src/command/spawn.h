// posix_spawn(3) as this room needs it: a process group of its own, signals as a fresh program expects them.
#pragma once

#include <sys/types.h>

#include <string>
#include <utility>
#include <vector>

#include "command/environment.h"

namespace clipmill {

struct SpawnResult {
  pid_t pid = -1;
  int error = 0;  ///< errno
};

/// Runs `words`; PATH is searched. Environment, folder and open files are this process's.
SpawnResult spawn_program(std::vector<std::string> words);

struct SpawnSettings {
  Environment environment;
  std::string working_folder;  ///< empty: this process's
  /// (ours, its): further open files. stdin is /dev/null.
  std::vector<std::pair<int, int>> files;
};
SpawnResult spawn_program(std::vector<std::string> words, const SpawnSettings& settings);

}  // namespace clipmill
