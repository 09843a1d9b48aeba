#include "vram/call_stack.h"

#include <execinfo.h>

#include <array>

#include "vram/symbols/symbols.h"

namespace clipmill {

CallStack current_call_stack() {
  std::array<void*, 24> calls;
  const int depth = ::backtrace(calls.data(), static_cast<int>(calls.size()));
  return CallStack(calls.begin(), calls.begin() + depth);
}

std::vector<StackFrame> symbolize(const CallStack& stack) {
  std::vector<StackFrame> frames;
  for (void* call : stack) {
    // Minus one: a return address may already belong to the next line, or function.
    frames.push_back(frame_at(reinterpret_cast<std::uintptr_t>(call) - 1));
  }
  return frames;
}

}  // namespace clipmill
