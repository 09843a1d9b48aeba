#include "model/spiece_file.h"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <iterator>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace clipmill {
namespace {

// Fields of ModelProto and NormalizerSpec that every trained model has.
constexpr std::uint64_t kPieces = 1;
constexpr std::uint64_t kTrainer = 2;
constexpr std::uint64_t kNormalizer = 3;
constexpr std::uint64_t kCharsMap = 2;

/// What is wrong with the bytes; the reader adds the file's name.
struct Damage {
  const char* what;
};

struct Field {
  std::uint64_t number;
  std::string_view bytes;  ///< of a length-delimited field, else empty
};

std::string_view take(std::string_view& message, std::uint64_t size) {
  if (size > message.size()) throw Damage{"the file ends in the middle"};
  const auto bytes = message.substr(0, size);
  message.remove_prefix(size);
  return bytes;
}

std::uint64_t take_varint(std::string_view& message) {
  std::uint64_t value = 0;
  for (int shift = 0; shift < 64; shift += 7) {
    const auto byte = static_cast<unsigned char>(take(message, 1)[0]);
    value |= std::uint64_t{byte & 0x7Fu} << shift;
    if (byte < 0x80) return value;
  }
  throw Damage{"not a protobuf message"};
}

Field take_field(std::string_view& message) {
  const std::uint64_t key = take_varint(message);
  Field field{key >> 3, {}};
  switch (key & 7) {
    case 0:
      take_varint(message);
      break;
    case 1:
      take(message, 8);
      break;
    case 2:
      field.bytes = take(message, take_varint(message));
      break;
    case 5:
      take(message, 4);
      break;
    default:
      throw Damage{"not a protobuf message"};
  }
  return field;
}

std::vector<Field> fields_of(std::string_view message) {
  std::vector<Field> fields;
  while (!message.empty()) fields.push_back(take_field(message));
  return fields;
}

/// One unit of the double-array trie that finds what to normalise.
struct TrieUnit {
  std::uint32_t bits;

  bool is_value() const { return bits >> 31; }
  std::uint32_t value() const { return bits & 0x7FFFFFFF; }
  bool has_value_child() const { return (bits >> 8) & 1; }
  std::uint32_t offset() const { return (bits >> 10) << ((bits & (1u << 9)) >> 6); }
};

/// No walk along any input may leave the trie, and no value may point outside the replacements.
void check_trie(const std::vector<TrieUnit>& trie, std::string_view replacements) {
  for (std::size_t i = 0; i < trie.size(); ++i) {
    if (trie[i].is_value()) continue;
    const std::size_t children = i ^ trie[i].offset();
    if ((children | 0xFF) >= trie.size()) throw Damage{"the normalisation table points outside itself"};
    if (trie[i].has_value_child() && trie[children].value() >= replacements.size()) {
      throw Damage{"the normalisation table points outside its replacements"};
    }
  }
}

/// Layout: the trie's size in bytes (uint32), the trie, replacement strings that end with NUL each.
void check_characters_map(std::string_view map) {
  if (map.empty()) return;  // the identity
  std::uint32_t trie_bytes = 0;
  std::memcpy(&trie_bytes, take(map, sizeof trie_bytes).data(), sizeof trie_bytes);
  const auto trie_blob = take(map, trie_bytes);
  if (trie_bytes == 0 || trie_bytes % sizeof(TrieUnit) != 0 || !map.ends_with('\0')) {
    throw Damage{"the normalisation table is cut off"};
  }
  std::vector<TrieUnit> trie(trie_bytes / sizeof(TrieUnit));
  std::memcpy(trie.data(), trie_blob.data(), trie_bytes);
  check_trie(trie, map);
}

void check_model(std::string_view bytes) {
  const auto fields = fields_of(bytes);
  for (const auto number : {kPieces, kTrainer, kNormalizer}) {
    if (std::ranges::find(fields, number, &Field::number) == fields.end()) {
      throw Damage{"the pieces, the trainer's or the normaliser's settings are missing"};
    }
  }
  for (const Field& field : fields) {
    if (field.number != kNormalizer) continue;
    for (const Field& setting : fields_of(field.bytes)) {
      if (setting.number == kCharsMap) check_characters_map(setting.bytes);
    }
  }
}

Error missing_file(const std::filesystem::path& path) {
  const bool json_only = std::filesystem::exists(path.parent_path() / "tokenizer.json");
  return Error(ErrorKind::kInput, fmt::format("{}: cannot be read", path.string()),
               json_only
                   ? "tokenizer.json alone is not enough: copy spiece.model from the model's original folder"
                   : "the tokenizer folder of a Wan checkpoint holds spiece.model");
}

}  // namespace

std::string read_spiece_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!std::filesystem::is_regular_file(path) || !file) throw missing_file(path);
  std::string bytes{std::istreambuf_iterator<char>(file), {}};
  try {
    check_model(bytes);
  } catch (const Damage& damage) {
    throw Error(ErrorKind::kInput, fmt::format("{}: {}", path.string(), damage.what),
                "download the file again");
  }
  return bytes;
}

}  // namespace clipmill
