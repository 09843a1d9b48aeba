#include "cost/lora_fit.h"

#include "checkpoint/lora_layout.h"

namespace clipmill {

void check_loras(const JobSpec& job, const ModelFolder& model) {
  for (const auto& [loras, place] :
       {std::pair{&job.loras, LoraPlace::kTransformer}, std::pair{&job.loras_2, LoraPlace::kTransformer2}}) {
    for (const LoraChoice& lora : *loras) read_lora_layouts(SafetensorsFile(lora.path), model, place);
  }
}

}  // namespace clipmill
