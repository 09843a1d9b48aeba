#include <backtrace.h>
#include <fmt/format.h>

#include <filesystem>

#include "vram/symbols/dladdr_name.h"
#include "vram/symbols/symbols.h"

namespace clipmill {
namespace {

void ignore_error(void*, const char*, int) {}

/// Of libbacktrace: it reads each library's tables once, and cannot give them back.
backtrace_state* symbol_tables() {
  static backtrace_state* state = ::backtrace_create_state(nullptr, /*threaded=*/1, ignore_error, nullptr);
  return state;
}

int take_line(void* data, std::uintptr_t, const char* file, int line, const char* function) {
  auto& frame = *static_cast<StackFrame*>(data);
  if (function) frame.function = demangled(function);
  if (file)
    frame.location = fmt::format("{}:{}", std::filesystem::path(file).lexically_normal().string(), line);
  return 1;  // the innermost of what was inlined here says enough
}

void take_symbol(void* data, std::uintptr_t, const char* symbol, std::uintptr_t, std::uintptr_t) {
  if (symbol) *static_cast<std::string*>(data) = demangled(symbol);
}

}  // namespace

StackFrame frame_at(std::uintptr_t address) {
  StackFrame frame;
  ::backtrace_pcinfo(symbol_tables(), address, take_line, ignore_error, &frame);
  // Debug information names a function without its namespace.
  ::backtrace_syminfo(symbol_tables(), address, take_symbol, ignore_error, &frame.function);
  if (frame.function.empty()) frame.function = exported_name(address);
  if (frame.function.empty()) frame.function = place_in_library(address);
  return frame;
}

}  // namespace clipmill
