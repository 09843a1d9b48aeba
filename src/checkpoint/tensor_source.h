// The weights of one component folder, whatever files they are spread over.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "checkpoint/safetensors.h"

namespace clipmill {

/// A tensor and the file that holds it.
struct Located {
  const SafetensorsFile* file = nullptr;
  const TensorInfo* info = nullptr;

  explicit operator bool() const { return info != nullptr; }
  std::span<const std::byte> bytes() const { return file->bytes(*info); }
};

class TensorSource {
 public:
  /// `stem` is "diffusion_pytorch_model" or "model". Takes, in this order: the shards listed in
  /// <stem>.safetensors.index.json, <stem>.safetensors, or the only variant of either
  /// (<stem>.fp16.safetensors, <stem>.safetensors.index.fp16.json). Every header is read and checked.
  /// Throws Error(kInput).
  static TensorSource open(const std::filesystem::path& folder, std::string_view stem);

  const std::filesystem::path& folder() const { return folder_; }
  const std::vector<std::unique_ptr<SafetensorsFile>>& files() const { return files_; }
  std::size_t size() const { return tensors_.size(); }
  /// Empty if there is none.
  Located find(std::string_view name) const;
  /// Throws Error(kInput) naming folder and tensor if there is none.
  Located at(std::string_view name) const;
  /// Sorted.
  std::vector<std::string> names() const;

 private:
  explicit TensorSource(std::filesystem::path folder) : folder_(std::move(folder)) {}
  void add(const std::filesystem::path& file);
  void add_shards(const std::filesystem::path& index);

  std::filesystem::path folder_;
  std::vector<std::unique_ptr<SafetensorsFile>> files_;
  std::map<std::string, Located, std::less<>> tensors_;
};

}  // namespace clipmill
