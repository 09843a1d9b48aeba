// Where in the program something was called from.
#pragma once

#include <string>
#include <vector>

namespace clipmill {

/// Return addresses, innermost call first.
using CallStack = std::vector<void*>;

/// Of this thread, at most 24 calls.
CallStack current_call_stack();

struct StackFrame {
  std::string function;  ///< demangled; the library and offset where it has no name
  std::string location;  ///< "file.cpp:12"; empty without debug information

  bool operator==(const StackFrame&) const = default;
};

/// One a call. Takes half a second at first: the tables of symbols of all libraries are read, torch's among
/// them, and stay in memory.
std::vector<StackFrame> symbolize(const CallStack& stack);

}  // namespace clipmill
