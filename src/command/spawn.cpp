#include "command/spawn.h"

#include <fcntl.h>
#include <spawn.h>
#include <unistd.h>

#include "base/process.h"

namespace clipmill {
namespace {

class SpawnFiles {
 public:
  SpawnFiles() { ::posix_spawn_file_actions_init(&actions_); }
  explicit SpawnFiles(const SpawnSettings& settings) : SpawnFiles() {
    ::posix_spawn_file_actions_addopen(&actions_, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    for (const auto& [ours, its] : settings.files) ::posix_spawn_file_actions_adddup2(&actions_, ours, its);
    if (!settings.working_folder.empty())
      ::posix_spawn_file_actions_addchdir_np(&actions_, settings.working_folder.c_str());
  }
  ~SpawnFiles() { ::posix_spawn_file_actions_destroy(&actions_); }
  SpawnFiles(const SpawnFiles&) = delete;
  SpawnFiles& operator=(const SpawnFiles&) = delete;
  const posix_spawn_file_actions_t* get() const { return &actions_; }

 private:
  posix_spawn_file_actions_t actions_;
};

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> all;
  for (std::string& text : texts) all.push_back(text.data());
  all.push_back(nullptr);
  return all;
}

SpawnResult spawn_with(std::vector<std::string>& words, const SpawnFiles& files, char* const* environment) {
  const std::vector<char*> argv = pointers(words);
  SpawnResult result;
  result.error =
      ::posix_spawnp(&result.pid, argv[0], files.get(), FreshProcess().get(), argv.data(), environment);
  return result;
}

}  // namespace

SpawnResult spawn_program(std::vector<std::string> words) {
  return spawn_with(words, SpawnFiles(), ::environ);
}

SpawnResult spawn_program(std::vector<std::string> words, const SpawnSettings& settings) {
  std::vector<std::string> assignments;
  for (const auto& [name, value] : settings.environment) assignments.push_back(name + "=" + value);
  return spawn_with(words, SpawnFiles(settings), pointers(assignments).data());
}

}  // namespace clipmill
