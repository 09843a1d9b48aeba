#include "stages/resident_model.h"

namespace clipmill {
namespace {

at::ScalarType scalar_type_of(Precision precision) {
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

std::int64_t elements(const TensorSource& source) {
  std::int64_t count = 0;
  for (const auto& file : source.files()) {
    for (const TensorInfo& tensor : file->tensors()) count += tensor.numel();
  }
  return count;
}

std::int64_t device_bytes(const ModelFolder& folder, at::ScalarType type) {
  const std::int64_t size = static_cast<std::int64_t>(c10::elementSize(type));
  const std::int64_t second = folder.transformer_2() ? elements(*folder.transformer_2()) : 0;
  return (elements(folder.text_encoder()) + elements(folder.transformer()) + second) * size +
         elements(folder.vae()) * 4;
}

}  // namespace

ResidentModel::ResidentModel(const std::string& path, Precision precision, Device& device)
    : path_(path),
      precision_(precision),
      device_(device),
      folder_(ModelFolder::open(path)),
      tokenizer_(folder_.tokenizer_path()),
      keeps_all_(device_bytes(folder_, scalar_type_of(precision)) <= device.total_bytes() / 2) {}

const TextEncoder& ResidentModel::text_encoder() {
  if (!text_encoder_) {
    text_encoder_.emplace(folder_.text_encoder_config(), folder_.text_encoder(), scalar_type_of(precision_),
                          device_.torch_device());
  }
  return *text_encoder_;
}

const Transformer& ResidentModel::transformer() {
  if (!transformer_) {
    transformer_.emplace(folder_.transformer_config(), folder_.transformer(), scalar_type_of(precision_),
                         device_.torch_device());
  }
  return *transformer_;
}

const Transformer& ResidentModel::transformer_2() {
  if (!transformer_2_) {
    transformer_2_.emplace(*folder_.transformer_2_config(), *folder_.transformer_2(),
                           scalar_type_of(precision_), device_.torch_device());
  }
  return *transformer_2_;
}

const Vae& ResidentModel::vae() {
  if (!vae_) vae_.emplace(folder_.vae_config(), folder_.vae(), device_.torch_device(), Vae::Parts::kDecoder);
  return *vae_;
}

}  // namespace clipmill
