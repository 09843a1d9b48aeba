#include "train/content_hash.h"

#include <array>
#include <cerrno>
#include <fstream>

#include "base/error.h"
#include "train/clip_frames.h"

namespace clipmill {
namespace fs = std::filesystem;

void ContentHash::add(std::string_view bytes) {
  for (const char byte : bytes) value_ = (value_ ^ static_cast<unsigned char>(byte)) * 0x100000001B3u;
}

void ContentHash::add_clip(const fs::path& clip) {
  if (!fs::is_directory(clip)) return add_file(clip);
  for (const fs::path& picture : pictures_in(clip)) add_file(picture);
}

void ContentHash::add_file(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  std::array<char, 1 << 16> block;
  while (stream.read(block.data(), block.size()) || stream.gcount() > 0)
    add({block.data(), static_cast<std::size_t>(stream.gcount())});
  if (!stream.eof()) throw io_error(fmt::format("cannot read {}", file.string()), errno);
}

}  // namespace clipmill
