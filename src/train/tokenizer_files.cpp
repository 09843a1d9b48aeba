#include "train/tokenizer_files.h"

#include "base/atomic_file.h"
#include "base/error.h"

namespace clipmill {

TokenizerFiles read_tokenizer_files(const std::filesystem::path& folder) {
  std::error_code error;
  std::filesystem::directory_iterator entries(folder, error);
  if (error) throw io_error(fmt::format("cannot read {}", folder.string()), error.value());
  TokenizerFiles files;
  for (const auto& entry : entries) {
    if (entry.is_regular_file()) files[entry.path().filename().string()] = read_file(entry.path());
  }
  return files;
}

void write_tokenizer_files(const std::filesystem::path& folder, const TokenizerFiles& files) {
  for (const auto& [name, bytes] : files) write_file(folder / name, bytes);
}

}  // namespace clipmill
