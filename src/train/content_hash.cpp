#include "train/content_hash.h"

#include <array>
#include <cerrno>
#include <fstream>

#include "base/error.h"
#include "train/clip_frames.h"

namespace clipmill {
namespace fs = std::filesystem;
namespace {

void add_file(Fnv1a& hash, const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  std::array<char, 1 << 16> block;
  while (stream.read(block.data(), block.size()) || stream.gcount() > 0)
    hash.add({block.data(), static_cast<std::size_t>(stream.gcount())});
  if (!stream.eof()) throw io_error(fmt::format("cannot read {}", file.string()), errno);
}

}  // namespace

void add_clip(Fnv1a& hash, const fs::path& clip) {
  if (!fs::is_directory(clip)) return add_file(hash, clip);
  for (const fs::path& picture : pictures_in(clip)) add_file(hash, picture);
}

std::string hash_of(const Parameters& parameters) {
  Fnv1a hash;
  for (const auto& [name, tensor] : parameters.named()) {
    const at::Tensor values = tensor.detach().cpu().contiguous();
    hash.add(name);
    hash.add({static_cast<const char*>(values.const_data_ptr()), values.nbytes()});
  }
  return fmt::format("{:016x}", hash.value());
}

}  // namespace clipmill
