#include "model/tensor_io.h"

#include <array>

#include "base/error.h"
#include "checkpoint/safetensors_writer.h"

namespace clipmill {
namespace {

constexpr std::array<std::pair<DType, at::ScalarType>, 12> kTypes = {{
    {DType::kF64, at::kDouble},
    {DType::kF32, at::kFloat},
    {DType::kF16, at::kHalf},
    {DType::kBF16, at::kBFloat16},
    {DType::kF8E4M3, at::kFloat8_e4m3fn},
    {DType::kF8E5M2, at::kFloat8_e5m2},
    {DType::kI64, at::kLong},
    {DType::kI32, at::kInt},
    {DType::kI16, at::kShort},
    {DType::kI8, at::kChar},
    {DType::kU8, at::kByte},
    {DType::kBool, at::kBool},
}};

}  // namespace

at::ScalarType scalar_type(DType dtype) {
  for (const auto& [stored, type] : kTypes) {
    if (stored == dtype) return type;
  }
  throw Error(ErrorKind::kInternal, "a safetensors type without a torch type");
}

at::ScalarType scalar_type(Precision precision) {
  switch (precision) {
    case Precision::kBf16:
      return at::kBFloat16;
    case Precision::kFp16:
      return at::kHalf;
    case Precision::kFp32:
      break;
  }
  return at::kFloat;
}

DType dtype_of(at::ScalarType type) {
  for (const auto& [stored, known] : kTypes) {
    if (known == type) return stored;
  }
  throw Error(ErrorKind::kInternal, fmt::format("{} cannot be stored as safetensors", c10::toString(type)));
}

at::Tensor mapped_tensor(const SafetensorsFile& file, const TensorInfo& info) {
  const auto bytes = file.bytes(info);
  if (bytes.empty()) return at::empty(info.shape, scalar_type(info.dtype));
  auto* data = const_cast<std::byte*>(bytes.data());  // from_blob has no const form
  return at::from_blob(data, info.shape, at::TensorOptions(scalar_type(info.dtype)));
}

NamedTensors load_tensors(const TensorSource& source) {
  NamedTensors tensors;
  for (const std::string& name : source.names()) {
    const auto [file, info] = source.at(name);
    tensors.emplace_back(name, mapped_tensor(*file, *info).clone());
  }
  return tensors;
}

at::Tensor load_tensor(const std::filesystem::path& path, const std::string& key) {
  const SafetensorsFile file(path);
  const TensorInfo* info = file.find(key);
  if (!info) throw input_error("{}: no tensor \"{}\"", path.string(), key);
  return mapped_tensor(file, *info).clone();
}

void save_tensors(const std::filesystem::path& file, const NamedTensors& tensors,
                  const std::map<std::string, std::string>& metadata) {
  std::vector<TensorInfo> infos;
  for (const auto& [name, tensor] : tensors) {
    infos.push_back({name, dtype_of(tensor.scalar_type()), tensor.sizes().vec(), 0, 0});
  }
  SafetensorsWriter writer(file, std::move(infos), metadata);
  for (const auto& [name, tensor] : tensors) {
    const at::Tensor host = tensor.cpu().contiguous();
    writer.write({static_cast<const std::byte*>(host.const_data_ptr()), host.nbytes()});
  }
  writer.commit();
}

}  // namespace clipmill
