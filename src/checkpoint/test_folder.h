// A folder of its own for a test, gone afterwards; and small files to put into it.
#pragma once

#include <unistd.h>

#include <atomic>
#include <cstddef>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "base/atomic_file.h"
#include "base/error.h"
#include "checkpoint/layout.h"
#include "checkpoint/safetensors_writer.h"

namespace clipmill {

class TestFolder {
 public:
  TestFolder() : path_(unique()) { std::filesystem::create_directories(path_); }
  ~TestFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TestFolder(const TestFolder&) = delete;
  TestFolder& operator=(const TestFolder&) = delete;

  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path operator/(std::string_view name) const { return path_ / name; }

 private:
  static std::filesystem::path unique() {
    static std::atomic<int> counter{0};
    return std::filesystem::temp_directory_path() / fmt::format("clipmill-test-{}-{}", ::getpid(), ++counter);
  }

  std::filesystem::path path_;
};

/// What `action` throws as clipmill::Error: "message | hint"; empty if it throws nothing.
template <typename Action>
std::string error_of(Action action) {
  try {
    action();
  } catch (const Error& error) {
    return fmt::format("{} | {}", error.what(), error.hint());
  }
  return {};
}

/// `json` behind a header length, then `data_size` zero bytes.
inline std::string safetensors_bytes(std::string_view json, std::size_t data_size) {
  std::string bytes;
  for (int i = 0; i < 8; ++i) bytes += static_cast<char>(json.size() >> (8 * i));
  return bytes.append(json).append(data_size, '\0');
}

/// A file of zeros with the tensors of `layout`.
inline void write_zeros(const std::filesystem::path& path, const std::vector<TensorSpec>& layout,
                        DType dtype = DType::kBF16) {
  std::vector<TensorInfo> infos;
  for (const TensorSpec& spec : layout)
    infos.push_back({.name = spec.name, .dtype = dtype, .shape = spec.shape});
  SafetensorsWriter writer(path, infos);
  for (const TensorInfo& info : infos) {
    writer.write(std::vector<std::byte>(static_cast<std::size_t>(info.numel()) * size_of(dtype)));
  }
  writer.commit();
}

}  // namespace clipmill
