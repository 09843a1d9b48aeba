#include "checkpoint/model_folder.h"

#include "base/error.h"
#include "checkpoint/layout.h"

namespace clipmill {
namespace fs = std::filesystem;
namespace {

constexpr std::string_view kDiffusersStem = "diffusion_pytorch_model";
constexpr std::string_view kTransformersStem = "model";

fs::path checked_folder(fs::path path) {
  if (!fs::exists(path)) {
    throw Error(ErrorKind::kInput, fmt::format("model folder {} does not exist", path.string()),
                "clipmill models lists the models under ./models");
  }
  if (!fs::is_directory(path)) {
    throw Error(ErrorKind::kInput, fmt::format("{} is not a folder", path.string()),
                "name the folder that holds model_index.json, not a file in it");
  }
  if (!fs::exists(path / kModelIndex)) {
    throw Error(
        ErrorKind::kInput,
        fmt::format("{} {}", path.string(), fs::is_empty(path) ? "is empty" : "holds no model_index.json"),
        "a model is a folder in the Diffusers layout, as in Wan-AI/Wan2.1-T2V-1.3B-Diffusers");
  }
  return path;
}

fs::path find_tokenizer(const fs::path& folder) {
  if (fs::path path = folder / "spiece.model"; fs::is_regular_file(path)) return path;
  if (!fs::exists(folder / "tokenizer.json")) {
    throw Error(ErrorKind::kInput, fmt::format("{} is missing", (folder / "spiece.model").string()),
                "fetch the tokenizer folder of the checkpoint");
  }
  throw Error(
      ErrorKind::kInput,
      fmt::format("{} holds tokenizer.json only: clipmill reads spiece.model", folder.string()),
      "copy spiece.model from google/umt5-xxl or from the tokenizer folder of the published checkpoint");
}

std::optional<TransformerConfig> second_config(const fs::path& path, const ModelIndex& index) {
  if (!index.has_transformer_2) return std::nullopt;
  return TransformerConfig::read(path / "transformer_2" / "config.json");
}

std::optional<TensorSource> second_source(const fs::path& path, const ModelIndex& index) {
  if (!index.has_transformer_2) return std::nullopt;
  return TensorSource::open(path / "transformer_2", kDiffusersStem);
}

/// What must agree between a transformer and its neighbours.
void check_transformer(const TransformerConfig& config, const fs::path& folder, const VaeConfig& vae,
                       const TextEncoderConfig& text_encoder) {
  const std::string place = (folder / "config.json").string();
  if (config.in_channels != vae.z_dim) {
    throw Error(ErrorKind::kInput,
                fmt::format("{}: in_channels is {}, the VAE's z_dim {}: not a text-to-video model", place,
                            config.in_channels, vae.z_dim),
                "models with extra input channels make videos from images; clipmill runs text-to-video ones");
  }
  if (config.out_channels != vae.z_dim) {
    throw input_error("{}: out_channels is {}, the VAE's z_dim {}", place, config.out_channels, vae.z_dim);
  }
  if (config.text_dim != text_encoder.d_model) {
    throw input_error("{}: text_dim is {}, the text encoder's d_model {}", place, config.text_dim,
                      text_encoder.d_model);
  }
}

}  // namespace

ModelFolder ModelFolder::open(fs::path path) {
  ModelFolder folder(checked_folder(std::move(path)));
  folder.check_fit();
  folder.check_layouts();
  return folder;
}

ModelFolder::ModelFolder(fs::path path)
    : path_(std::move(path)),
      index_(ModelIndex::read(path_ / kModelIndex)),
      transformer_config_(TransformerConfig::read(path_ / "transformer" / "config.json")),
      transformer_2_config_(second_config(path_, index_)),
      vae_config_(VaeConfig::read(path_ / "vae" / "config.json")),
      text_encoder_config_(TextEncoderConfig::read(path_ / "text_encoder" / "config.json")),
      scheduler_config_(
          SchedulerConfig::read(path_ / "scheduler" / "scheduler_config.json", index_.scheduler)),
      tokenizer_path_(find_tokenizer(path_ / "tokenizer")),
      transformer_(TensorSource::open(path_ / "transformer", kDiffusersStem)),
      transformer_2_(second_source(path_, index_)),
      text_encoder_(TensorSource::open(path_ / "text_encoder", kTransformersStem)),
      vae_(TensorSource::open(path_ / "vae", kDiffusersStem)) {}

ModelFolder one_transformer_model(const fs::path& path) {
  ModelFolder folder = ModelFolder::open(path);
  if (!folder.index().has_transformer_2) return folder;
  throw Error(ErrorKind::kInput,
              fmt::format("{} has two transformers: training and measuring take one", path.string()),
              "clipmill run makes clips with both");
}

void ModelFolder::check_fit() const {
  check_transformer(transformer_config_, path_ / "transformer", vae_config_, text_encoder_config_);
  if (!transformer_2_config_) return;
  check_transformer(*transformer_2_config_, path_ / "transformer_2", vae_config_, text_encoder_config_);
  if (transformer_2_config_->patch_size != transformer_config_.patch_size) {
    throw input_error("{}: transformer and transformer_2 differ in patch_size", path_.string());
  }
}

void ModelFolder::check_layouts() const {
  check_layout(transformer_, transformer_layout(transformer_config_), "transformer");
  if (transformer_2_) {
    check_layout(*transformer_2_, transformer_layout(*transformer_2_config_), "transformer_2");
  }
  check_layout(text_encoder_, text_encoder_layout(text_encoder_config_), "text_encoder");
  check_layout(vae_, vae_layout(vae_config_), "vae");
}

}  // namespace clipmill
