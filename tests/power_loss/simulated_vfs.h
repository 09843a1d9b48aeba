// SQLite's way to the mounted SimulatedDisk.
#pragma once

namespace clipmill {

/// Registers it as SQLite's default VFS, or takes it away again. It syncs as the unix VFS does: the folder of
/// a new journal or write-ahead log with its first sync. For one connection to a file: the shared memory is
/// the connection's own, and locks are granted.
void use_simulated_vfs(bool use);

}  // namespace clipmill
