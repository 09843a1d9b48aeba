// What the dynamic linker knows of an address.
#pragma once

#include <cstdint>
#include <string>

namespace clipmill {

/// "c10::alloc_cpu" where the symbol is exported; else empty.
std::string exported_name(std::uintptr_t address);
/// "libtorch_cpu.so+0x1234".
std::string place_in_library(std::uintptr_t address);
/// A C++ symbol as it was written; other names unchanged.
std::string demangled(const char* symbol);

}  // namespace clipmill
