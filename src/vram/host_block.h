// Aligned blocks of host memory, counted by nobody.
#pragma once

#include <cstddef>
#include <cstdlib>
#include <memory>

namespace clipmill {

using HostBlock = std::unique_ptr<void, decltype(&std::free)>;

/// Aligned for torch; null where the system refuses it even after what malloc keeps free went back to it.
HostBlock host_block(std::size_t bytes);

}  // namespace clipmill
