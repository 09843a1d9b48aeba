#include "train/vae_trainer.h"

#include <c10/core/GradMode.h>

#include <algorithm>

#include "train/batch_draw.h"
#include "train/pixels_to_floats.h"
#include "train/vae_loss.h"

namespace clipmill {
namespace {

bool of_decoder(const std::string& name) {
  return name.starts_with("decoder.") || name.starts_with("post_quant_conv.");
}

at::Tensor noise_like(const at::Tensor& t, at::Generator& generator) {
  return at::randn(t.sizes(), generator, at::TensorOptions(at::kFloat)).to(t.device());
}

}  // namespace

VaeTrainer::VaeTrainer(const TrainRecipe& recipe, const Dataset& data, std::shared_ptr<Parameters> parameters,
                       at::Device device)
    : recipe_(recipe),
      data_(data),
      device_(device),
      parameters_(std::move(parameters)),
      vae_(recipe.vae, Weights(parameters_), device),
      optimization_(parameters_, recipe.train_vae.optimizer, recipe.precision, device),
      batch_(recipe.train_vae.optimizer.batch) {}

int VaeTrainer::steps() const { return recipe_.train_vae.optimizer.steps + recipe_.train_vae.decoder_steps; }

StepResult VaeTrainer::step(int step) {
  if (decoder_only(step) && !decoder_phase_) begin_decoder_phase();
  const OptimizerRecipe now = schedule(step);
  at::Generator generator = step_generator(recipe_.seed, Purpose::kVae, step);
  const at::Tensor pixels = draw(step, generator);

  const auto parts = pixels.chunk(now.accumulate);
  const int phase_step = decoder_only(step) ? step - recipe_.train_vae.optimizer.steps : step;
  return optimization_.step(now, phase_step, step, [&](int part) {
    return loss(parts[static_cast<std::size_t>(part)], step, generator);
  });
}

/// The encoder stays as it is from here on: latents that are cached now stay right.
void VaeTrainer::begin_decoder_phase() {
  for (const auto& [name, tensor] : parameters_->named()) {
    at::Tensor parameter = tensor;
    if (of_decoder(name)) continue;
    parameter.requires_grad_(false);
    parameter.mutable_grad().reset();
    const c10::NoGradGuard no_grad;
    parameter.copy_(average().tensor(name));
  }
  decoder_phase_ = true;
}

OptimizerRecipe VaeTrainer::schedule(int step) const {
  OptimizerRecipe now = recipe_.train_vae.optimizer;
  if (decoder_only(step)) {
    now.steps = recipe_.train_vae.decoder_steps;
    now.learning_rate = recipe_.train_vae.decoder_learning_rate;
  }
  return now;
}

TrialSteps VaeTrainer::trials() {
  const VaeRecipe& recipe = recipe_.train_vae;
  TrialSteps trials{{}, buckets().front(), recipe.optimizer.accumulate, {}};
  const auto add = [&](const Bucket& bucket, int step) {
    const auto same = [&](const StepShape& shape) { return shape.bucket == bucket; };
    if (std::ranges::none_of(trials.shapes, same)) trials.shapes.push_back({bucket, step});
  };
  const int whole = recipe.optimizer.steps;
  for (Bucket bucket : buckets()) {
    bucket.weight = 1;
    if (whole > recipe.image_steps) {
      add(bucket, whole - 1);
    } else if (steps() > recipe.image_steps) {
      add(bucket, steps() - 1);
    }
    bucket.frames = 1;
    if (recipe.image_steps > 0) add(bucket, 0);
  }
  trials.run = [this](const StepShape& shape, int clips) { try_step(shape, clips); };
  return trials;
}

void VaeTrainer::try_step(const StepShape& shape, int clips) {
  const OptimizerRecipe& optimizer = recipe_.train_vae.optimizer;
  at::Generator generator = step_generator(recipe_.seed, Purpose::kVae, shape.step);
  const auto parts = draw(shape.bucket, clips, generator).chunk(optimizer.accumulate);
  optimization_.try_step(optimizer, [&](int part) {
    return loss(parts[static_cast<std::size_t>(part)], shape.step, generator);
  });
}

const std::vector<Bucket>& VaeTrainer::buckets() const {
  return recipe_.train_vae.buckets.empty() ? recipe_.data.buckets : recipe_.train_vae.buckets;
}

at::Tensor VaeTrainer::draw(int step, at::Generator& generator) const {
  Bucket bucket = buckets()[pick_bucket(buckets(), uniform(generator))];
  if (step < recipe_.train_vae.image_steps) bucket.frames = 1;
  const int parts = recipe_.train_vae.optimizer.accumulate;
  return draw(bucket, clips_in_batch(batch_, bucket, buckets().front(), parts), generator);
}

/// [B,3,T,H,W] in −1..1.
at::Tensor VaeTrainer::draw(const Bucket& bucket, int count, at::Generator& generator) const {
  std::vector<at::Tensor> clips;
  for (int i = 0; i < count; ++i)
    clips.push_back(data_.varied_clip(uniform_index(generator, std::int64_t{1} << 40), bucket).pixels);
  return to_floats(at::stack(clips)).to(device_);
}

at::Tensor VaeTrainer::loss(const at::Tensor& pixels, int step, at::Generator& generator) const {
  if (decoder_only(step)) return decoder_loss(pixels, generator);
  const Vae::Moments moments = vae_.moments(pixels);
  const at::Tensor z =
      moments.mean + (0.5 * moments.log_variance).exp() * noise_like(moments.mean, generator);
  return vae_loss(vae_.decode_raw(z), pixels, moments, recipe_.train_vae);
}

/// Of latents that the encoder gives as they are, with noise: the transformer's will not be exact either.
at::Tensor VaeTrainer::decoder_loss(const at::Tensor& pixels, at::Generator& generator) const {
  const Vae::Moments moments = fixed_moments(pixels);
  const double noise = recipe_.train_vae.latent_noise;
  const at::Tensor scale = noise * moments.mean.std({0, 2, 3, 4}, /*unbiased=*/false, /*keepdim=*/true);
  const at::Tensor z = noise > 0 ? moments.mean + scale * noise_like(moments.mean, generator) : moments.mean;
  VaeRecipe plain = recipe_.train_vae;
  plain.kl = 0;
  return vae_loss(vae_.decode_raw(z), pixels, moments, plain);
}

Vae::Moments VaeTrainer::fixed_moments(const at::Tensor& pixels) const {
  const c10::NoGradGuard no_grad;
  return vae_.moments(pixels);
}

void VaeTrainer::load(const Parameters::Named& state, int next_step) {
  optimization_.load(state);
  if (next_step > recipe_.train_vae.optimizer.steps) begin_decoder_phase();
}

}  // namespace clipmill
