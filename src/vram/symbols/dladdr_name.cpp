#include "vram/symbols/dladdr_name.h"

#include <cxxabi.h>
#include <dlfcn.h>
#include <fmt/format.h>

#include <cstdlib>
#include <filesystem>
#include <memory>

namespace clipmill {

std::string exported_name(std::uintptr_t address) {
  Dl_info info{};
  const bool found = ::dladdr(reinterpret_cast<void*>(address), &info) != 0 && info.dli_sname;
  return found ? demangled(info.dli_sname) : "";
}

std::string place_in_library(std::uintptr_t address) {
  Dl_info info{};
  if (::dladdr(reinterpret_cast<void*>(address), &info) == 0 || !info.dli_fname)
    return fmt::format("{:#x}", address);
  return fmt::format("{}+{:#x}", std::filesystem::path(info.dli_fname).filename().string(),
                     address - reinterpret_cast<std::uintptr_t>(info.dli_fbase));
}

std::string demangled(const char* symbol) {
  if (!std::string_view(symbol).starts_with("_Z")) return symbol;  // "f" would become "float"
  int status = 0;
  const std::unique_ptr<char, decltype(&std::free)> text(
      abi::__cxa_demangle(symbol, nullptr, nullptr, &status), &std::free);
  return status == 0 ? text.get() : symbol;
}

}  // namespace clipmill
