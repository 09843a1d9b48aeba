#include "manifest/diagnostic.h"

#include <fmt/format.h>

namespace clipmill {

std::string to_string(const Diagnostic& diagnostic) {
  if (diagnostic.line == 0) return fmt::format("{}: {}", diagnostic.file, diagnostic.message);
  return fmt::format("{}:{}: {}", diagnostic.file, diagnostic.line, diagnostic.message);
}

}  // namespace clipmill
