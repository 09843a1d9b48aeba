#include "train/training_setup.h"

#include <algorithm>
#include <cmath>

#include "model/tensor_io.h"
#include "train/initialize.h"
#include "train/lora_training.h"
#include "train/open_dataset.h"
#include "train/tokenizer_trainer.h"

namespace clipmill {

TrainingSetup::TrainingSetup(TrainRecipe asked, const std::filesystem::path& tokenizer_folder,
                             at::Device device)
    : recipe(std::move(asked)), device_(device) {
  if (!recipe.base.empty()) base_.emplace(ModelFolder::open(recipe.base));
  if (on_base()) {
    recipe.vae = base_->vae_config();
    recipe.text_encoder = base_->text_encoder_config();
    recipe.transformer = base_->transformer_config();
  }
  data_ = open_dataset(recipe.data, recipe.seed, &skipped_);
  if (on_base()) {
    tokenizer_files_ = read_tokenizer_files(base_->tokenizer_path().parent_path());
  } else {
    TrainedTokenizer trained = train_tokenizer(data_->captions(), recipe.vocabulary);
    recipe.text_encoder.vocab_size = trained.size;
    tokenizer_files_ = std::move(trained.files);
  }
  write_tokenizer_files(tokenizer_folder, tokenizer_files_);
  tokenizer_.emplace(tokenizer_folder / "spiece.model");
}

std::unique_ptr<VaeTrainer> TrainingSetup::vae_trainer() {
  auto parameters = std::make_shared<Parameters>();
  const auto layout = vae_layout(recipe.vae);
  if (on_base()) {
    parameters->add_copies("", layout, base_->vae(), device_);
  } else {
    recipe.vae.latents_mean.assign(static_cast<std::size_t>(recipe.vae.z_dim), 0.0);
    recipe.vae.latents_std.assign(static_cast<std::size_t>(recipe.vae.z_dim), 1.0);
    parameters->add_new("", layout, vae_initializer(recipe.vae), recipe.seed, device_);
  }
  return std::make_unique<VaeTrainer>(recipe, *data_, parameters, device_);
}

std::unique_ptr<FlowTrainer> TrainingSetup::flow_trainer(const LatentSet& latents) const {
  std::vector<TokenIds> tokens;
  for (const std::string& caption : latents.captions) tokens.push_back(encode(caption));
  tokens.push_back(encode(""));
  return std::make_unique<FlowTrainer>(recipe, latents, std::move(tokens), flow_parameters(), flow_model(),
                                       device_);
}

std::shared_ptr<Parameters> TrainingSetup::flow_parameters() const {
  auto parameters = std::make_shared<Parameters>();
  const auto text_encoder = text_encoder_layout(recipe.text_encoder);
  const auto transformer = transformer_layout(recipe.transformer);
  if (low_rank()) {
    add_lora_parameters(*parameters, recipe.transformer, recipe.lora, recipe.seed, device_);
  } else if (on_base()) {
    parameters->add_copies("text_encoder.", text_encoder, base_->text_encoder(), device_);
    parameters->add_copies("transformer.", transformer, base_->transformer(), device_);
  } else {
    parameters->add_new("text_encoder.", text_encoder, text_encoder_initializer(recipe.text_encoder),
                        recipe.seed + 1, device_);
    parameters->add_new("transformer.", transformer, transformer_initializer(recipe.transformer),
                        recipe.seed + 2, device_);
  }
  return parameters;
}

MakeFlowModel TrainingSetup::flow_model() const {
  return low_rank() ? model_with_lora(*base_, recipe.lora, scalar_type(recipe.precision), device_)
                    : whole_model(recipe.text_encoder, recipe.transformer);
}

std::int64_t TrainingSetup::clips_of(const Bucket& bucket) const {
  if (recipe.data.world.empty()) return data_->size();
  double weights = 0;
  for (const Bucket& each : recipe.data.buckets) weights += each.weight;
  return std::max<std::int64_t>(1,
                                std::llround(static_cast<double>(data_->size()) * bucket.weight / weights));
}

}  // namespace clipmill
