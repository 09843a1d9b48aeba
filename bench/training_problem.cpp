#include "training_problem.h"

#include <c10/core/GradMode.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>

#include "checkpoint/model_folder.h"
#include "model/vae/vae.h"
#include "recipe/recipe_file.h"
#include "train/batch_draw.h"
#include "train/encode_clips.h"
#include "train/flow_loss.h"
#include "train/initialize.h"
#include "train/open_dataset.h"
#include "train/tokenizer_trainer.h"

namespace clipmill {
namespace {

constexpr int kJudged = 128;  // clips of the fixed loss

TrainRecipe shapes_recipe(int clips, int steps, int batch) {
  TrainRecipe recipe = read_train_recipe(CLIPMILL_SOURCE_DIR "/examples/shapes.toml");
  recipe.data.clips = clips;
  recipe.data.buckets = {Bucket{}};
  OptimizerRecipe& optimizer = recipe.train_transformer.optimizer;
  optimizer.steps = steps;
  optimizer.batch = batch;
  optimizer.warmup = std::min(optimizer.warmup, std::max(1, steps / 5));
  return recipe;
}

std::vector<TokenIds> tokens_of(const std::vector<std::string>& captions, const TokenizerFiles& files) {
  const auto folder = std::filesystem::temp_directory_path() / fmt::format("clipmill-bench-{}", ::getpid());
  write_tokenizer_files(folder, files);
  const Tokenizer tokenizer(folder / "spiece.model");
  std::filesystem::remove_all(folder);
  std::vector<TokenIds> tokens;
  for (const std::string& caption : captions) tokens.push_back(caption_tokens(tokenizer, caption));
  tokens.push_back(caption_tokens(tokenizer, ""));
  return tokens;
}

}  // namespace

TrainingProblem::TrainingProblem(int clips, int steps, int batch)
    : recipe_(shapes_recipe(clips, steps, batch)) {
  const auto data = open_dataset(recipe_.data, recipe_.seed, nullptr);
  TrainedTokenizer trained = train_tokenizer(data->captions(), recipe_.vocabulary);
  recipe_.text_encoder.vocab_size = trained.size;
  tokenizer_ = std::move(trained.files);

  const ModelFolder model = ModelFolder::open(CLIPMILL_SOURCE_DIR "/models/shapes");
  latents_ = encode_clips(*data, {{Bucket{}, 0, data->size()}},
                          Vae(model.vae_config(), model.vae(), at::kCPU), [](int) {});
  tokens_ = tokens_of(latents_.captions, tokenizer_);
  recipe_.vae = model.vae_config();
  const LatentSet::Statistics statistics = latents_.statistics();
  recipe_.vae.latents_mean = statistics.mean;
  recipe_.vae.latents_std = statistics.std;
}

std::shared_ptr<Parameters> TrainingProblem::parameters() const {
  auto parameters = std::make_shared<Parameters>();
  parameters->add_new("text_encoder.", text_encoder_layout(recipe_.text_encoder),
                      text_encoder_initializer(recipe_.text_encoder), recipe_.seed + 1, at::kCPU);
  parameters->add_new("transformer.", transformer_layout(recipe_.transformer),
                      transformer_initializer(recipe_.transformer), recipe_.seed + 2, at::kCPU);
  return parameters;
}

TrainingRun::TrainingRun(const TrainRecipe& r, const TrainingProblem& problem)
    : recipe(r),
      trainer(recipe, problem.latents(), problem.tokens(), problem.parameters(),
              whole_model(recipe.text_encoder, recipe.transformer), at::kCPU) {}

double TrainingProblem::loss(const FlowModel& model) const {
  const c10::NoGradGuard no_grad;
  const int batch = recipe_.train_transformer.optimizer.batch;
  at::Generator generator = step_generator(recipe_.seed + 1, Purpose::kFlow, 0);
  double sum = 0;
  for (int first = 0; first < kJudged; first += batch) {
    const NoisedBatch noised =
        add_noise(normalised(latents_.buckets[0].latents.narrow(0, first, batch), recipe_.vae),
                  recipe_.train_transformer, generator);
    const PaddedContext text = encode_captions(model.text_encoder, captions(first, batch), kTextLength);
    const at::Tensor predicted =
        model.transformer(noised.x, noised.timestep, model.transformer.text_context(text.embeds, text.bias),
                          model.transformer.rope(noised.x));
    sum += (predicted - noised.velocity).square().mean().item<double>() * batch;
  }
  return sum / kJudged;
}

CaptionBatch TrainingProblem::captions(int first, int count) const {
  std::vector<const TokenIds*> captions;
  for (int i = first; i < first + count; ++i)
    captions.push_back(&tokens_[static_cast<std::size_t>(latents_.buckets[0].captions[i])]);
  return CaptionBatch::of(captions);
}

}  // namespace clipmill
