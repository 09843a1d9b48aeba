// What a PEFT file says about its LoRA in the safetensors metadata: the configuration it was trained with.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "checkpoint/safetensors.h"

namespace clipmill {

/// Under this key of the header's metadata Diffusers keeps PEFT's LoraConfig as JSON.
inline constexpr const char* kLoraMetadataKey = "lora_adapter_metadata";

/// The part of one transformer, whose keys begin with `prefix` ("transformer.").
class LoraMetadata {
 public:
  /// Throws Error(kInput) naming the file for JSON that is none, and for patterns and kinds that are not
  /// understood.
  LoraMetadata(const SafetensorsFile& file, std::string_view prefix);

  /// Empty where nothing is said: alpha is then the rank.
  std::optional<double> alpha(std::string_view layer) const;
  bool rank_stabilized() const { return rank_stabilized_; }

 private:
  std::optional<double> alpha_;
  std::map<std::string, double> alpha_pattern_;  ///< ends of layer names, or with ^ whole ones
  bool rank_stabilized_ = false;
};

}  // namespace clipmill
