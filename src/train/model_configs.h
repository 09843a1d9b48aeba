// The JSON files of a model folder, with the keys that Diffusers and Transformers write.
#pragma once

#include <nlohmann/json.hpp>

#include "checkpoint/config.h"
#include "core/job.h"

namespace clipmill {

/// model_index.json of a text-to-video pipeline with one transformer.
nlohmann::json model_index_json();
/// UniPC over flow matching.
nlohmann::json scheduler_json(double flow_shift);
nlohmann::json config_json(const VaeConfig& config);
/// `stored`: the type of the weights beside it.
nlohmann::json config_json(const TextEncoderConfig& config, Precision stored);
nlohmann::json config_json(const TransformerConfig& config);

}  // namespace clipmill
