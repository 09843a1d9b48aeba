// The processes below a process, wherever they moved themselves: other groups and sessions count too.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <vector>

namespace clipmill {

/// Children of `root`, their children and so on, without `root`; from /proc, so that one that forks meanwhile
/// may be missed until the next look.
std::vector<pid_t> descendants(pid_t root, const std::filesystem::path& proc = "/proc");

/// From now on orphans below this process become its children instead of init's.
void adopt_orphans();

/// Kills all that is below this process, which must adopt orphans, and reaps it. Gives up after `seconds` on
/// processes that cannot be killed (in a driver's uninterruptible sleep); whether none is left.
bool end_descendants(double seconds = 10);

}  // namespace clipmill
