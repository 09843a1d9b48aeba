// model_index.json: which classes make up a pipeline.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "checkpoint/config_file.h"

namespace clipmill {

struct ModelIndex {
  std::string pipeline, tokenizer, text_encoder, transformer, vae, scheduler;  ///< class names, all supported
  /// A second transformer takes over below `boundary_ratio`. False also where one lies in the folder but no
  /// boundary is set: the pipeline then never uses it.
  bool has_transformer_2 = false;
  std::optional<double> boundary_ratio;  ///< of num_train_timesteps; set if and only if has_transformer_2
  bool expand_timesteps = false;         ///< one timestep a token (Wan 2.2 TI2V-5B)

  /// Throws Error(kInput) naming file and key; for an unknown class also what is supported.
  static ModelIndex from(const ConfigFile& file);
  static ModelIndex read(const std::filesystem::path& path) { return from(ConfigFile::read(path)); }
};

}  // namespace clipmill
