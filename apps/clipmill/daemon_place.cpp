#include "clipmill/daemon_place.h"

#include <cstdlib>

#include "base/error.h"

namespace clipmill {
namespace fs = std::filesystem;
namespace {

fs::path variable(const char* name) {
  const char* value = std::getenv(name);
  return value ? fs::path(value) : fs::path();
}

fs::path default_folder() {
  if (const fs::path own = variable("CLIPMILL_STATE"); !own.empty()) return own;
  if (const fs::path state = variable("XDG_STATE_HOME"); !state.empty()) return state / "clipmill";
  if (const fs::path home = variable("HOME"); !home.empty()) return home / ".local/state/clipmill";
  throw Error(ErrorKind::kInput, "no folder for the queue: HOME is not set", "give one: --state FOLDER");
}

}  // namespace

void add_state_flag(CLI::App& command, std::string& folder) {
  command
      .add_option("--state", folder,
                  "the daemon's folder; default: $CLIPMILL_STATE, or ~/.local/state/clipmill")
      ->type_name("FOLDER");
}

DaemonPlace daemon_place(const std::string& folder) {
  return {fs::absolute(folder.empty() ? default_folder() : fs::path(folder)).lexically_normal()};
}

}  // namespace clipmill
