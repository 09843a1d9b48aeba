#include "stages/resident_model.h"

#include "model/tensor_io.h"
#include "vram/memory_scope.h"

namespace clipmill {
namespace {

BlockStorage storage(bool streamed) { return streamed ? BlockStorage::kStreamed : BlockStorage::kResident; }

}  // namespace

ResidentModel::ResidentModel(const JobSpec& job, Device& device)
    : path_(job.model),
      precision_(job.clip.precision),
      loras_(job.loras),
      loras_2_(job.loras_2),
      device_(device),
      folder_(ModelFolder::open(path_)),
      tokenizer_(folder_.tokenizer_path()) {}

void ResidentModel::adopt(const MemoryPlan& plan) {
  const bool other_text = plan.encode_text.streamed != plan_.encode_text.streamed;
  const bool other_blocks =
      plan.denoise.streamed != plan_.denoise.streamed || plan.denoise.int8 != plan_.denoise.int8;
  plan_ = plan;
  done();
  if (other_text) text_encoder_.reset();
  if (other_blocks) transformer_.reset(), transformer_2_.reset();
}

bool ResidentModel::serves(const JobSpec& job) const {
  return path_ == job.model && precision_ == job.clip.precision && loras_ == job.loras &&
         loras_2_ == job.loras_2;
}

const TextEncoder& ResidentModel::text_encoder() {
  if (!text_encoder_) {
    const MemoryScope weights(MemoryCategory::kModel, "text_encoder");
    text_encoder_.emplace(folder_.text_encoder_config(), folder_.text_encoder(), scalar_type(precision_),
                          device_.torch_device(), storage(plan_.encode_text.streamed));
  }
  return *text_encoder_;
}

const Transformer& ResidentModel::transformer() {
  if (!transformer_) {
    const MemoryScope weights(MemoryCategory::kModel, "transformer");
    transformer_.emplace(load_transformer(folder_.transformer_config(), folder_.transformer(),
                                          loras_of(&LoraFile::transformer)));
  }
  return *transformer_;
}

const Transformer& ResidentModel::transformer_2() {
  if (!transformer_2_) {
    const MemoryScope weights(MemoryCategory::kModel, "transformer_2");
    transformer_2_.emplace(load_transformer(*folder_.transformer_2_config(), *folder_.transformer_2(),
                                            loras_of(&LoraFile::transformer_2)));
  }
  return *transformer_2_;
}

Transformer ResidentModel::load_transformer(const TransformerConfig& config, const TensorSource& source,
                                            std::vector<ScaledLora> loras) const {
  const at::ScalarType type = scalar_type(precision_);
  const at::Device device = device_.torch_device();
  const BlockStorage blocks = storage(plan_.denoise.streamed);
  std::shared_ptr<const WeightStore> store =
      loras.empty() ? std::make_shared<CheckpointWeights>(source, device, transformer_dtypes(type))
                    : with_loras(source, device, transformer_dtypes(type), std::move(loras));
  if (plan_.denoise.int8) store = std::make_shared<Int8Store>(std::move(store), "blocks.");
  return Transformer(config, Weights(std::move(store)), type, blocks);
}

/// What the job's files add to one transformer; read when it loads, since fused LoRAs are not needed again.
std::vector<ScaledLora> ResidentModel::loras_of(LoraLayers LoraFile::*transformer) const {
  std::vector<ScaledLora> loras;
  const auto add = [&](const std::vector<LoraChoice>& choices, LoraPlace place) {
    for (const LoraChoice& choice : choices) {
      LoraLayers layers = std::move(read_lora(choice.path, folder_, place).*transformer);
      if (!layers.empty()) loras.push_back({std::move(layers), choice.scale});
    }
  };
  add(loras_, LoraPlace::kTransformer);
  add(loras_2_, LoraPlace::kTransformer2);
  return loras;
}

const Vae& ResidentModel::vae() {
  if (!vae_) {
    const MemoryScope weights(MemoryCategory::kModel, "vae");
    vae_.emplace(folder_.vae_config(), folder_.vae(), device_.torch_device(), Vae::Parts::kDecoder);
  }
  return *vae_;
}

}  // namespace clipmill
