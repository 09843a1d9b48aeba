// Between safetensors files and tensors.
#pragma once

#include <ATen/ATen.h>

#include <filesystem>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "checkpoint/safetensors.h"
#include "checkpoint/tensor_source.h"
#include "core/job.h"

namespace clipmill {

/// In the order of a file.
using NamedTensors = std::vector<std::pair<std::string, at::Tensor>>;

at::ScalarType scalar_type(DType dtype);
at::ScalarType scalar_type(Precision precision);
DType dtype_of(at::ScalarType type);

/// The file's own pages as a tensor: valid while `file` lives, not to be written to.
at::Tensor mapped_tensor(const SafetensorsFile& file, const TensorInfo& info);

/// Copies of all tensors of a component.
NamedTensors load_tensors(const TensorSource& source);

/// A copy of one tensor. Throws Error(kInput) naming file and key when it is missing.
at::Tensor load_tensor(const std::filesystem::path& file, const std::string& key);

/// Writes `tensors` in the order given, atomically, with `metadata` in the header. Throws Error(kIo).
void save_tensors(const std::filesystem::path& file, const NamedTensors& tensors,
                  const std::map<std::string, std::string>& metadata = {});

}  // namespace clipmill
