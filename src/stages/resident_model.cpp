#include "stages/resident_model.h"

#include "model/tensor_io.h"
#include "vram/ledger.h"
#include "vram/memory_scope.h"

namespace clipmill {
namespace {

BlockStorage storage(bool streamed) { return streamed ? BlockStorage::kStreamed : BlockStorage::kResident; }

/// Of the component that this thread loads: other lanes may allocate meanwhile.
bool is_weight(const LiveBlock& block) {
  return block.account.owner == MemoryScope::current().owner &&
         block.account.category == MemoryCategory::kModel;
}

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
  if (other_text) text_encoder_ = {};
  if (other_blocks) transformer_ = {}, transformer_2_ = {};
}

bool ResidentModel::serves(const JobSpec& job) const {
  return path_ == job.model && precision_ == job.clip.precision && loras_ == job.loras &&
         loras_2_ == job.loras_2;
}

template <typename Component, typename Make>
const Component& ResidentModel::loaded(Loaded<Component>& slot, const char* name, Make make) {
  if (slot.component) return *slot.component;
  const MemoryScope weights(MemoryCategory::kModel, name);
  const std::uint64_t mark = device_.ledger().mark();
  slot.component.emplace(make());
  for (const LiveBlock& block : device_.ledger().blocks_since(mark)) {
    if (is_weight(block)) slot.blocks.add(block.data);
  }
  return *slot.component;
}

void ResidentModel::enter(ResidentBlocks& blocks) const {
  for (const ResidentBlocks* weights :
       {&text_encoder_.blocks, &transformer_.blocks, &transformer_2_.blocks, &vae_.blocks})
    blocks.add(*weights);
}

const TextEncoder& ResidentModel::text_encoder() {
  return loaded(text_encoder_, "text_encoder", [&] {
    return TextEncoder(folder_.text_encoder_config(), folder_.text_encoder(), scalar_type(precision_),
                       device_.torch_device(), storage(plan_.encode_text.streamed));
  });
}

const Transformer& ResidentModel::transformer() {
  return loaded(transformer_, "transformer", [&] {
    return load_transformer(folder_.transformer_config(), folder_.transformer(),
                            loras_of(&LoraFile::transformer));
  });
}

const Transformer& ResidentModel::transformer_2() {
  return loaded(transformer_2_, "transformer_2", [&] {
    return load_transformer(*folder_.transformer_2_config(), *folder_.transformer_2(),
                            loras_of(&LoraFile::transformer_2));
  });
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
  return loaded(vae_, "vae", [&] {
    return Vae(folder_.vae_config(), folder_.vae(), device_.torch_device(), Vae::Parts::kDecoder);
  });
}

}  // namespace clipmill
