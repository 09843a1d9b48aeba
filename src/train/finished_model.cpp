#include "train/finished_model.h"

#include "core/lora_choice.h"
#include "model/lora_weights.h"
#include "model/tensor_io.h"

namespace clipmill {
namespace {

Weights transformer_weights(const ModelFolder& folder, const std::vector<std::string>& loras,
                            at::ScalarType dtype, at::Device device) {
  std::vector<ScaledLora> scaled;
  for (const std::string& text : loras) {
    for (const LoraChoice& choice : parse_loras(text))
      scaled.push_back({read_lora(choice.path, folder).transformer, choice.scale});
  }
  return Weights(with_loras(folder.transformer(), device, transformer_dtypes(dtype), scaled));
}

FlowModel flow_model_of(const ModelFolder& folder, const std::vector<std::string>& loras,
                        at::ScalarType dtype, at::Device device) {
  return {TextEncoder(folder.text_encoder_config(), folder.text_encoder(), dtype, device),
          Transformer(folder.transformer_config(), transformer_weights(folder, loras, dtype, device), dtype)};
}

}  // namespace

FinishedModel::FinishedModel(const std::string& path, const std::vector<std::string>& loras,
                             Precision precision, at::Device device, Vae::Parts parts)
    : folder(one_transformer_model(path)),
      tokenizer(folder.tokenizer_path()),
      model(flow_model_of(folder, loras, scalar_type(precision), device)),
      vae(folder.vae_config(), folder.vae(), device, parts) {}

}  // namespace clipmill
