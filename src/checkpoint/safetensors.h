// A safetensors file, mapped and checked.
#pragma once

#include <cstddef>
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "checkpoint/dtype.h"
#include "checkpoint/mapped_file.h"
#include "checkpoint/safetensors_header.h"
#include "checkpoint/tensor_info.h"

namespace clipmill {

/// Opening reads the header only; a tensor's bytes come from disk when they are touched.
class SafetensorsFile {
 public:
  /// Throws Error(kInput) naming the file, and the tensor where one is to blame.
  explicit SafetensorsFile(std::filesystem::path path);

  const std::filesystem::path& path() const { return file_.path(); }
  std::uint64_t size() const { return file_.size(); }
  /// By offset in the file.
  const std::vector<TensorInfo>& tensors() const { return header_.tensors; }
  /// nullptr if there is none. Valid as long as this object, also after a move.
  const TensorInfo* find(std::string_view name) const;
  /// Row-major, little-endian, as stored; not necessarily aligned for its type: copy, do not cast.
  /// Throws Error(kInput) if the file was cut short since it was opened.
  std::span<const std::byte> bytes(const TensorInfo& info) const;
  /// The tensor was copied: its pages need not stay in this process's memory.
  void forget(const TensorInfo& info) const noexcept;
  const std::map<std::string, std::string>& metadata() const { return header_.metadata; }

 private:
  MappedFile file_;
  SafetensorsHeader header_;
  std::map<std::string, const TensorInfo*, std::less<>> by_name_;
};

}  // namespace clipmill
