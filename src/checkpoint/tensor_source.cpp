#include "checkpoint/tensor_source.h"

#include <fmt/ranges.h>

#include <nlohmann/json.hpp>
#include <set>

#include "base/atomic_file.h"
#include "base/error.h"
#include "checkpoint/strict_json.h"

namespace clipmill {
namespace fs = std::filesystem;
namespace {

bool is_index(std::string_view file) { return file.ends_with(".json"); }

/// "model.fp16.safetensors" and "model.safetensors.index.fp16.json", not their shards.
bool is_variant(std::string_view file, std::string_view stem) {
  if (!file.starts_with(stem) || !file.substr(stem.size()).starts_with('.')) return false;
  return file.ends_with(".safetensors") ? file.find("-of-") == std::string_view::npos
                                        : is_index(file) && file.find(".safetensors.index.") != file.npos;
}

std::set<std::string> variants(const fs::path& folder, std::string_view stem) {
  std::set<std::string> found;
  std::error_code error;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder, error)) {
    const std::string name = entry.path().filename().string();
    if (is_variant(name, stem)) found.insert(name);
  }
  return found;
}

/// The file to start from: an index or the only weights file.
std::string entry_file(const fs::path& folder, std::string_view stem) {
  for (const std::string_view ending : {".safetensors.index.json", ".safetensors"}) {
    const std::string name = fmt::format("{}{}", stem, ending);
    if (fs::exists(folder / name)) return name;
  }
  const std::set<std::string> found = variants(folder, stem);
  if (found.size() > 1) {
    throw Error(
        ErrorKind::kInput,
        fmt::format("{}: several variants of the weights: {}", folder.string(), fmt::join(found, ", ")),
        fmt::format("keep one of them, or name the one to use {}.safetensors", stem));
  }
  if (found.empty()) {
    throw Error(ErrorKind::kInput,
                fmt::format("{}: neither {}.safetensors nor {}.safetensors.index.json is there",
                            folder.string(), stem, stem),
                "fetch the model's weights in safetensors form; .bin and .pth files are not read");
  }
  return *found.begin();
}

void check_shard_name(const fs::path& index, const std::string& tensor, const std::string& shard) {
  const bool plain = !shard.empty() && shard != "." && shard != ".." &&
                     shard.find_first_of(std::string_view("/\\\0", 3)) == std::string::npos;
  if (!plain) {
    throw input_error("{}: tensor \"{}\": \"{}\" is not the name of a file in this folder", index.string(),
                      tensor, shard);
  }
}

/// Tensor → shard, as the index says.
std::map<std::string, std::string> read_weight_map(const fs::path& index) {
  const nlohmann::json object = parse_strict_json(read_file(index), index.string());
  const auto entries = object.find("weight_map");
  if (entries == object.end() || !entries->is_object() || entries->empty()) {
    throw input_error("{}: weight_map is missing or empty", index.string());
  }
  std::map<std::string, std::string> weight_map;
  for (const auto& [tensor, shard] : entries->items()) {
    if (!shard.is_string()) {
      throw input_error("{}: tensor \"{}\": its shard is not a string", index.string(), tensor);
    }
    check_shard_name(index, tensor, shard);
    weight_map[tensor] = shard;
  }
  return weight_map;
}

void check_shard_exists(const fs::path& index, const std::string& shard, const std::string& tensor) {
  if (fs::exists(index.parent_path() / shard)) return;
  throw Error(ErrorKind::kInput,
              fmt::format("{}: shard {} is missing (it holds tensor \"{}\" and perhaps more)", index.string(),
                          shard, tensor),
              "the download is incomplete: fetch the missing file");
}

}  // namespace

TensorSource TensorSource::open(const fs::path& folder, std::string_view stem) {
  TensorSource source(folder);
  const std::string entry = entry_file(folder, stem);
  if (is_index(entry)) {
    source.add_shards(folder / entry);
  } else {
    source.add(folder / entry);
  }
  return source;
}

Located TensorSource::find(std::string_view name) const {
  const auto found = tensors_.find(name);
  return found == tensors_.end() ? Located{} : found->second;
}

Located TensorSource::at(std::string_view name) const {
  const Located located = find(name);
  if (!located) throw input_error("{}: tensor \"{}\" is missing", folder_.string(), name);
  return located;
}

std::vector<std::string> TensorSource::names() const {
  std::vector<std::string> names;
  for (const auto& [name, located] : tensors_) names.push_back(name);
  return names;
}

void TensorSource::add(const fs::path& file) {
  const SafetensorsFile& opened = *files_.emplace_back(std::make_unique<SafetensorsFile>(file));
  for (const TensorInfo& info : opened.tensors()) {
    const auto [present, added] = tensors_.emplace(info.name, Located{&opened, &info});
    if (!added) {
      throw input_error("{}: tensor \"{}\" is also in {}", file.string(), info.name,
                        present->second.file->path().filename().string());
    }
  }
}

void TensorSource::add_shards(const fs::path& index) {
  const auto weight_map = read_weight_map(index);
  std::set<std::string> shards;
  for (const auto& [tensor, shard] : weight_map) {
    if (!shards.insert(shard).second) continue;
    check_shard_exists(index, shard, tensor);
    add(folder_ / shard);
  }
  for (const auto& [tensor, shard] : weight_map) {
    const Located located = find(tensor);
    if (!located || located.file->path().filename() != shard) {
      throw input_error("{}: tensor \"{}\" is not in shard {}", index.string(), tensor, shard);
    }
  }
}

}  // namespace clipmill
