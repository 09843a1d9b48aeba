#include "checkpoint/safetensors.h"

#include <algorithm>

namespace clipmill {
namespace {

// Read, not mapped: no program may die of a header that vanishes.
SafetensorsHeader read_header(const MappedFile& file) {
  const std::string name = file.path().string();
  std::vector<std::byte> head(std::min<std::uint64_t>(kSafetensorsPrefix, file.size()));
  file.read(head);
  head.resize(kSafetensorsPrefix + safetensors_header_length(head, file.size(), name));
  file.read(head);
  return parse_safetensors_header(head, file.size(), name);
}

}  // namespace

SafetensorsFile::SafetensorsFile(std::filesystem::path path)
    : file_(std::move(path)), header_(read_header(file_)) {
  for (const TensorInfo& info : header_.tensors) by_name_.emplace(info.name, &info);
}

const TensorInfo* SafetensorsFile::find(std::string_view name) const {
  const auto found = by_name_.find(name);
  return found == by_name_.end() ? nullptr : found->second;
}

std::span<const std::byte> SafetensorsFile::bytes(const TensorInfo& info) const {
  return file_.bytes(header_.data_start + info.begin, header_.data_start + info.end);
}

void SafetensorsFile::forget(const TensorInfo& info) const noexcept {
  file_.forget(header_.data_start + info.begin, header_.data_start + info.end);
}

}  // namespace clipmill
