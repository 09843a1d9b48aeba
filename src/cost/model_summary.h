// What `clipmill models` tells about a model folder.
#pragma once

#include <cstdint>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "checkpoint/model_folder.h"
#include "core/limits.h"

namespace clipmill {

struct ComponentSummary {
  std::string name;  ///< the subfolder
  std::string class_name;
  std::int64_t parameters = 0;
  std::int64_t bytes = 0;  ///< of its weights on disk
  std::size_t tensors = 0;
  std::size_t files = 0;                          ///< 1, or the number of shards
  std::map<std::string, std::size_t> tensors_of;  ///< dtype → number of tensors
};

struct ModelSummary {
  std::string path;
  std::string pipeline;
  std::vector<ComponentSummary> components;
  ModelLimits limits;
  std::string scheduler;
  double flow_shift = 1;
  double boundary_ratio = 0;  ///< meaningful where limits.two_transformers
  int text_tokens = 0;        ///< read of a prompt unless a job says otherwise

  std::int64_t parameters() const;
  std::int64_t bytes() const;
  int max_width() const { return limits.grid_width * limits.max_positions; }
  int max_height() const { return limits.grid_height * limits.max_positions; }
  int max_frames() const;
};

ModelSummary summarize(const ModelFolder& model);

nlohmann::json to_json(const ModelSummary& summary);
/// A few aligned lines for a terminal.
std::string to_text(const ModelSummary& summary);

}  // namespace clipmill
