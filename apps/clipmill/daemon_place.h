// Where a daemon keeps its queue and its socket.
#pragma once

#include <CLI/CLI.hpp>
#include <filesystem>
#include <string>

namespace clipmill {

struct DaemonPlace {
  std::filesystem::path folder;
  std::filesystem::path store() const { return folder / "jobs.db"; }
  std::filesystem::path socket() const { return folder / "socket"; }
  std::filesystem::path states() const { return folder / "states"; }
};

/// --state FOLDER, which defaults to $CLIPMILL_STATE, $XDG_STATE_HOME/clipmill, or ~/.local/state/clipmill.
void add_state_flag(CLI::App& command, std::string& folder);
/// Throws Error(kInput) where no home is known and none was given.
DaemonPlace daemon_place(const std::string& folder);

}  // namespace clipmill
