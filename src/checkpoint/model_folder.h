// A checkpoint in the Diffusers layout: every configuration and every header read and checked, no weight
// touched.
#pragma once

#include <filesystem>
#include <optional>

#include "checkpoint/config.h"
#include "checkpoint/tensor_source.h"

namespace clipmill {

inline constexpr const char* kModelIndex = "model_index.json";

class ModelFolder {
 public:
  /// Throws Error(kInput) with a hint for whatever is missing, damaged, unsupported or contradictory.
  static ModelFolder open(std::filesystem::path path);

  const std::filesystem::path& path() const { return path_; }
  const ModelIndex& index() const { return index_; }
  const TransformerConfig& transformer_config() const { return transformer_config_; }
  /// Of the low-noise transformer; set if and only if index().has_transformer_2.
  const std::optional<TransformerConfig>& transformer_2_config() const { return transformer_2_config_; }
  const VaeConfig& vae_config() const { return vae_config_; }
  const TextEncoderConfig& text_encoder_config() const { return text_encoder_config_; }
  const SchedulerConfig& scheduler_config() const { return scheduler_config_; }

  const TensorSource& transformer() const { return transformer_; }
  const std::optional<TensorSource>& transformer_2() const { return transformer_2_; }
  const TensorSource& text_encoder() const { return text_encoder_; }
  const TensorSource& vae() const { return vae_; }
  /// The SentencePiece model.
  const std::filesystem::path& tokenizer_path() const { return tokenizer_path_; }

 private:
  explicit ModelFolder(std::filesystem::path path);
  void check_fit() const;
  void check_layouts() const;

  std::filesystem::path path_;
  ModelIndex index_;
  TransformerConfig transformer_config_;
  std::optional<TransformerConfig> transformer_2_config_;
  VaeConfig vae_config_;
  TextEncoderConfig text_encoder_config_;
  SchedulerConfig scheduler_config_;
  std::filesystem::path tokenizer_path_;
  TensorSource transformer_;
  std::optional<TensorSource> transformer_2_;
  TensorSource text_encoder_;
  TensorSource vae_;
};

/// Opened for what knows one transformer only: training and measuring. Throws Error(kInput) where there are
/// two, which clips are denoised by in turn.
ModelFolder one_transformer_model(const std::filesystem::path& path);

}  // namespace clipmill
