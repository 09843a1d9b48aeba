#include "vram/symbols/dladdr_name.h"
#include "vram/symbols/symbols.h"

namespace clipmill {

StackFrame frame_at(std::uintptr_t address) {
  const std::string name = exported_name(address);
  return {name.empty() ? place_in_library(address) : name, ""};
}

}  // namespace clipmill
