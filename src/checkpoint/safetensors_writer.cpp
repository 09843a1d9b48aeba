#include "checkpoint/safetensors_writer.h"

#include <array>
#include <nlohmann/json.hpp>
#include <set>

#include "base/error.h"
#include "checkpoint/safetensors_header.h"

namespace clipmill {
namespace {

using nlohmann::ordered_json;

std::vector<TensorInfo> with_offsets(std::vector<TensorInfo> tensors) {
  std::uint64_t end = 0;
  for (TensorInfo& info : tensors) {
    info.begin = end;
    info.end = end += static_cast<std::uint64_t>(info.numel()) * size_of(info.dtype);
  }
  return tensors;
}

void check_names(const std::vector<TensorInfo>& tensors, const std::filesystem::path& target) {
  std::set<std::string_view> seen = {"__metadata__"};
  for (const TensorInfo& info : tensors) {
    if (!seen.insert(info.name).second) {
      throw Error(ErrorKind::kInternal, fmt::format("{}: tensor \"{}\" twice", target.string(), info.name));
    }
  }
}

std::string header_text(const std::vector<TensorInfo>& tensors, std::map<std::string, std::string> metadata) {
  metadata.emplace("format", "pt");
  ordered_json::object_t header;
  header.emplace("__metadata__", metadata);
  for (const TensorInfo& info : tensors) {
    header.push_back({info.name, ordered_json{{"dtype", to_string(info.dtype)},
                                              {"shape", info.shape},
                                              {"data_offsets", {info.begin, info.end}}}});
  }
  std::string text =
      ordered_json(std::move(header)).dump(-1, ' ', false, ordered_json::error_handler_t::replace);
  text.resize((text.size() + 7) / 8 * 8, ' ');  // so that the data begins on a multiple of 8 bytes
  return text;
}

std::array<char, kSafetensorsPrefix> little_endian(std::uint64_t value) {
  std::array<char, kSafetensorsPrefix> bytes{};
  for (char& byte : bytes) {
    byte = static_cast<char>(value & 0xFF);
    value >>= 8;
  }
  return bytes;
}

}  // namespace

SafetensorsWriter::SafetensorsWriter(std::filesystem::path target, std::vector<TensorInfo> tensors,
                                     std::map<std::string, std::string> metadata)
    : target_(std::move(target)), file_(target_), tensors_(with_offsets(std::move(tensors))) {
  check_names(tensors_, target_);
  const std::string header = header_text(tensors_, std::move(metadata));
  const auto length = little_endian(header.size());
  file_.write(length.data(), length.size());
  file_.write(header);
  skip_finished();
}

void SafetensorsWriter::write(std::span<const std::byte> bytes) {
  if (bytes.empty()) return;
  if (current_ == tensors_.size()) {
    throw Error(ErrorKind::kInternal, fmt::format("{}: bytes after the last tensor", target_.string()));
  }
  const TensorInfo& info = tensors_[current_];
  if (bytes.size() > info.end - written_) {
    throw Error(ErrorKind::kInternal,
                fmt::format("{}: tensor \"{}\" takes {} bytes, not {}", target_.string(), info.name,
                            info.end - info.begin, written_ - info.begin + bytes.size()));
  }
  file_.write(bytes.data(), bytes.size());
  written_ += bytes.size();
  skip_finished();
}

void SafetensorsWriter::commit() {
  if (current_ != tensors_.size()) {
    throw Error(ErrorKind::kInternal,
                fmt::format("{}: tensor \"{}\" is not complete", target_.string(), tensors_[current_].name));
  }
  file_.commit();
}

void SafetensorsWriter::skip_finished() {
  while (current_ < tensors_.size() && tensors_[current_].end == written_) ++current_;
}

}  // namespace clipmill
