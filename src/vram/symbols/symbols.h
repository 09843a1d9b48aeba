// The names of addresses in this process. Linked from libbacktrace_symbols.cpp where GCC's libbacktrace is,
// else from dladdr_symbols.cpp.
#pragma once

#include <cstdint>

#include "vram/call_stack.h"

namespace clipmill {

StackFrame frame_at(std::uintptr_t address);

}  // namespace clipmill
