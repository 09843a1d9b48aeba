// The dashboard's files, a part of the program (cmake/embed.cmake).
#pragma once

#include <span>
#include <string_view>

namespace clipmill {

struct EmbeddedFile {
  std::string_view name;  ///< "index.html"
  std::string_view bytes;
};

std::span<const EmbeddedFile> embedded_files();

}  // namespace clipmill
