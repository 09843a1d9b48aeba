#include "checkpoint/safetensors_header.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <tuple>

#include "base/error.h"
#include "base/text.h"
#include "checkpoint/strict_json.h"

namespace clipmill {
namespace {

using nlohmann::json;

/// One entry of the header on its way to a TensorInfo; every complaint names file and tensor.
class EntryParser {
 public:
  EntryParser(std::string_view file, const std::string& name, const json& entry)
      : file_(file), name_(name), entry_(entry) {}

  TensorInfo parse() const {
    if (!entry_.is_object()) throw error("its entry is not an object");
    TensorInfo info{.name = name_, .dtype = dtype(), .shape = integers<std::int64_t>("shape")};
    const auto offsets = integers<std::uint64_t>("data_offsets");
    if (offsets.size() != 2 || offsets[0] > offsets[1]) throw error("data_offsets is not [begin, end]");
    std::tie(info.begin, info.end) = std::tuple(offsets[0], offsets[1]);
    check_size(info);
    return info;
  }

 private:
  Error error(std::string_view what) const {
    return input_error("{}: tensor \"{}\": {}", file_, shorten(name_, 200), what);
  }

  const json& field(const char* key) const {
    const auto found = entry_.find(key);
    if (found == entry_.end()) throw error(fmt::format("{} is missing", key));
    return *found;
  }

  DType dtype() const {
    const json& value = field("dtype");
    if (!value.is_string()) throw error("dtype is not a string");
    const auto& text = value.get_ref<const std::string&>();
    const auto dtype = dtype_from(text);
    if (!dtype) throw error(fmt::format("unknown dtype \"{}\"", shorten(text, 40)));
    return *dtype;
  }

  template <typename Integer>
  std::vector<Integer> integers(const char* key) const {
    const json& value = field(key);
    if (!value.is_array()) throw error(fmt::format("{} is not a list", key));
    std::vector<Integer> result;
    for (const json& item : value) {
      if (!item.is_number_unsigned() || item.get<std::uint64_t>() > INT64_MAX) {
        throw error(fmt::format("{} holds something that is not a non-negative integer", key));
      }
      result.push_back(item.get<Integer>());
    }
    return result;
  }

  void check_size(const TensorInfo& info) const {
    std::uint64_t bytes = size_of(info.dtype);
    for (const std::int64_t side : info.shape) {
      if (__builtin_mul_overflow(bytes, static_cast<std::uint64_t>(side), &bytes)) {
        throw error(fmt::format("shape {} is too large to exist", shorten(format_shape(info.shape), 100)));
      }
    }
    if (bytes != info.end - info.begin) {
      throw error(fmt::format("shape {} of {} takes {} bytes, but its offsets span {}",
                              shorten(format_shape(info.shape), 100), to_string(info.dtype), bytes,
                              info.end - info.begin));
    }
  }

  std::string_view file_;
  const std::string& name_;
  const json& entry_;
};

std::map<std::string, std::string> parse_metadata(const json& object, std::string_view file) {
  if (!object.is_object()) throw input_error("{}: __metadata__ is not an object", file);
  std::map<std::string, std::string> metadata;
  for (const auto& [key, value] : object.items()) {
    if (!value.is_string()) {
      throw input_error("{}: __metadata__: \"{}\" is not a string", file, shorten(key, 200));
    }
    metadata[key] = value.get<std::string>();
  }
  return metadata;
}

/// `tensors` by offset must follow each other from 0 to `data_size` without overlap or hole.
void check_coverage(const std::vector<TensorInfo>& tensors, std::uint64_t data_size, std::string_view file) {
  std::uint64_t covered = 0;
  for (const TensorInfo& info : tensors) {
    const std::string name = shorten(info.name, 200);
    if (info.end > data_size) {
      throw Error(ErrorKind::kInput,
                  fmt::format("{}: tensor \"{}\" ends at byte {} of the data, but the file holds only {}",
                              file, name, info.end, data_size),
                  "the file is cut short: fetch or copy it again");
    }
    if (info.begin < covered) {
      throw input_error("{}: tensor \"{}\" overlaps the one before it", file, name);
    }
    if (info.begin > covered) {
      throw input_error("{}: {} unused bytes before tensor \"{}\"", file, info.begin - covered, name);
    }
    covered = info.end;
  }
  if (covered != data_size) {
    throw input_error("{}: {} bytes after the last tensor{} belong to none", file, data_size - covered,
                      tensors.empty() ? "" : fmt::format(" \"{}\"", shorten(tensors.back().name, 200)));
  }
}

}  // namespace

std::uint64_t safetensors_header_length(std::span<const std::byte> head, std::uint64_t file_size,
                                        std::string_view file) {
  if (file_size < kSafetensorsPrefix || head.size() < kSafetensorsPrefix) {
    throw input_error("{}: {} bytes are too few for a safetensors file", file, file_size);
  }
  std::uint64_t length = 0;
  for (std::size_t i = kSafetensorsPrefix; i-- > 0;)
    length = length << 8 | static_cast<std::uint8_t>(head[i]);
  if (length > kMaxSafetensorsHeader) {
    throw Error(ErrorKind::kInput,
                fmt::format("{}: a header of {} bytes is beyond what the format allows", file, length),
                "probably no safetensors file: a Git LFS pointer or an error page saved under this name?");
  }
  if (length > file_size - kSafetensorsPrefix) {
    throw Error(ErrorKind::kInput,
                fmt::format("{}: its header should be {} bytes long, but the file ends after {}", file,
                            length, file_size - kSafetensorsPrefix),
                "the file is cut short: fetch or copy it again");
  }
  return length;
}

SafetensorsHeader parse_safetensors_header(std::span<const std::byte> head, std::uint64_t file_size,
                                           std::string_view file) {
  const std::uint64_t length = safetensors_header_length(head, file_size, file);
  const std::string_view text(reinterpret_cast<const char*>(head.data()) + kSafetensorsPrefix, length);
  if (!text.starts_with('{')) throw input_error("{}: the header is not a JSON object", file);

  SafetensorsHeader header;
  const json object = parse_strict_json(text, fmt::format("{}: header", file));
  for (const auto& [name, entry] : object.items()) {
    if (name == "__metadata__") {
      header.metadata = parse_metadata(entry, file);
    } else {
      header.tensors.push_back(EntryParser(file, name, entry).parse());
    }
  }
  std::ranges::sort(header.tensors, {},
                    [](const TensorInfo& info) { return std::tie(info.begin, info.end, info.name); });
  header.data_start = kSafetensorsPrefix + length;
  check_coverage(header.tensors, file_size - header.data_start, file);
  return header;
}

SafetensorsHeader parse_safetensors_header(std::span<const std::byte> file_bytes, std::string_view file) {
  return parse_safetensors_header(file_bytes, file_bytes.size(), file);
}

}  // namespace clipmill
