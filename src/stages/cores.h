// Which cores of the machine a thread may run on.
#pragma once

#include <string_view>
#include <vector>

namespace clipmill {

/// "0-3,6" → 0, 1, 2, 3, 6; "" → none. Throws Error(kInput).
std::vector<int> parse_cores(std::string_view list);

/// Throws Error(kInput) naming the first core that this process may not use.
void check_usable(const std::vector<int>& cores);

/// The calling thread, and the threads that it starts from now on. No core: no change. Throws Error(kInput)
/// where none of them may be used.
void pin_this_thread(const std::vector<int>& cores);

}  // namespace clipmill
