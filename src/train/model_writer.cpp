#include "train/model_writer.h"

#include <algorithm>

#include "base/atomic_file.h"
#include "base/error.h"
#include "checkpoint/model_folder.h"
#include "model/tensor_io.h"
#include "train/folder_update.h"
#include "train/model_configs.h"

namespace clipmill {
namespace fs = std::filesystem;
namespace {

/// Readers begin with the index (ModelFolder::open).
const FolderParts& model_parts() {
  static const FolderParts parts = {".training/model", kModelIndex, {"transformer_2"}};
  return parts;
}

constexpr const char *kConfig = "config.json", *kWeights = "diffusion_pytorch_model.safetensors";

at::Tensor converted(const std::string& name, const at::Tensor& tensor, at::ScalarType type) {
  at::Tensor result = tensor.detach().cpu().to(type).contiguous();
  if (result.to(at::kFloat).isfinite().all().item<bool>()) return result;
  const bool was_finite = tensor.detach().isfinite().all().item<bool>();
  throw Error(
      ErrorKind::kInput,
      fmt::format(
          "the model cannot be saved: \"{}\" {}", name,
          was_finite ? fmt::format("has values beyond {}", c10::toString(type)) : "holds NaN or infinity"),
      was_finite ? "store it as bf16 or fp32" : "go on from an earlier state with a lower learning rate");
}

/// Sorted by name, as safetensors files are by convention, so that the same weights give the same bytes.
void write_weights(const fs::path& file, const NamedTensors& tensors, Precision stored) {
  NamedTensors result;
  for (const auto& [name, tensor] : tensors) {
    result.emplace_back(name, converted(name, tensor, scalar_type(stored)));
  }
  std::ranges::sort(result, {}, &NamedTensors::value_type::first);
  save_tensors(file, result);
}

void write_json(const fs::path& file, const nlohmann::json& object) {
  write_file(file, object.dump(2) + "\n");
}

void write_configs(const fs::path& folder, const ModelParts& parts, Precision stored, double flow_shift) {
  write_json(folder / kModelIndex, model_index_json());
  write_json(folder / "scheduler" / "scheduler_config.json", scheduler_json(flow_shift));
  write_json(folder / "vae" / kConfig, config_json(parts.vae_config));
  write_json(folder / "text_encoder" / kConfig, config_json(parts.text_encoder_config, stored));
  write_json(folder / "transformer" / kConfig, config_json(parts.transformer_config));
}

}  // namespace

void write_model(const fs::path& folder, const ModelParts& parts, Precision stored, double flow_shift) {
  FolderUpdate staged(folder, model_parts());
  write_configs(staged.path(), parts, stored, flow_shift);
  write_tokenizer_files(staged.path() / "tokenizer", parts.tokenizer);
  write_weights(staged.path() / "vae" / kWeights, parts.vae, stored);
  write_weights(staged.path() / "text_encoder" / "model.safetensors", parts.text_encoder, stored);
  write_weights(staged.path() / "transformer" / kWeights, parts.transformer, stored);
  (void)ModelFolder::open(staged.path());  // what this program cannot read back must not replace what it can
  staged.commit();
}

void write_vae(const fs::path& folder, const VaeConfig& config, const NamedTensors& vae, Precision stored) {
  if (fs::exists(folder / kModelIndex)) {
    throw Error(
        ErrorKind::kInput,
        fmt::format("{} holds a whole model, whose transformer a new VAE would not fit", folder.string()),
        "give another --output, or train the transformer, too");
  }
  FolderUpdate staged(folder, model_parts());
  write_json(staged.path() / "vae" / kConfig, config_json(config));
  write_weights(staged.path() / "vae" / kWeights, vae, stored);
  staged.commit();
}

void complete_model(const fs::path& folder) { complete_update(folder, model_parts()); }

}  // namespace clipmill
