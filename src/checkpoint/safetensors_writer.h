// Writes a safetensors file, streaming: the header first, then the tensors as they come.
#pragma once

#include <cstddef>
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "base/atomic_file.h"
#include "checkpoint/tensor_info.h"

namespace clipmill {

/// Destroyed before commit(), it leaves nothing behind.
class SafetensorsWriter {
 public:
  /// `tensors` in the order in which they will be written; their offsets are filled in here. The metadata
  /// gets "format": "pt" unless it says otherwise. Throws Error(kIo), and Error(kInternal) for a repeated
  /// name.
  SafetensorsWriter(std::filesystem::path target, std::vector<TensorInfo> tensors,
                    std::map<std::string, std::string> metadata = {});

  /// The next bytes of the current tensor: whole or in pieces, but never past its end.
  /// Throws Error(kInternal) naming the tensor if they are, Error(kIo) if they cannot be written.
  void write(std::span<const std::byte> bytes);
  /// Throws Error(kInternal) naming the first tensor that is not complete, Error(kIo) as AtomicFile does.
  void commit();

 private:
  void skip_finished();

  std::filesystem::path target_;
  AtomicFile file_;
  std::vector<TensorInfo> tensors_;
  std::size_t current_ = 0;
  std::uint64_t written_ = 0;
};

}  // namespace clipmill
