// A transformer's weights with LoRAs on them.
#pragma once

#include <memory>
#include <vector>

#include "model/lora_file.h"
#include "model/weights.h"

namespace clipmill {

/// One LoRA and how strong it is.
struct ScaledLora {
  LoraLayers layers;
  double scale = 1;
};

/// kFused: W + Σ scale · B·A in fp32, rounded once to the type computed in: no slower than without. kUnfused:
/// the layer computes x Wᵀ and the low-rank parts apart, each in the type computed in, as PEFT does before
/// fuse_lora: for weights that must stay as they are. Differences of weights and biases are added either way.
enum class LoraMode { kFused, kUnfused };

class LoraWeights : public WeightStore {
 public:
  /// `exact` yields fp32 (or the stored type) on `device`; `dtype` says the type that comes out.
  LoraWeights(std::shared_ptr<const WeightStore> exact, at::Device device, DtypeRule dtype,
              std::vector<ScaledLora> loras, LoraMode mode = LoraMode::kFused);

  at::Tensor tensor(const std::string& name) const override;
  bool has(const std::string& name) const override { return exact_->has(name); }
  std::vector<LowRank> low_rank(const std::string& name) const override;

 private:
  std::shared_ptr<const WeightStore> exact_;
  at::Device device_;
  DtypeRule dtype_;
  std::vector<ScaledLora> loras_;
  LoraMode mode_;
};

/// Of a checkpoint on `device`, in the types of `dtype`. `source` must outlive it.
std::shared_ptr<const WeightStore> with_loras(const TensorSource& source, at::Device device, DtypeRule dtype,
                                              std::vector<ScaledLora> loras,
                                              LoraMode mode = LoraMode::kFused);

}  // namespace clipmill
