#include "train/flow_trainer.h"

#include "train/batch_draw.h"

namespace clipmill {
namespace {

std::vector<LatentBucket> normalised(const LatentSet& set, const VaeConfig& vae, at::Device device) {
  const auto channels = [](const std::vector<double>& values) {
    return at::tensor(values, at::kDouble).to(at::kFloat).view({1, -1, 1, 1, 1});
  };
  std::vector<LatentBucket> buckets = set.buckets;
  for (LatentBucket& bucket : buckets)
    bucket.latents = ((bucket.latents - channels(vae.latents_mean)) / channels(vae.latents_std)).to(device);
  return buckets;
}

std::vector<Bucket> shapes_of(const std::vector<LatentBucket>& buckets) {
  std::vector<Bucket> shapes;
  for (const LatentBucket& bucket : buckets) shapes.push_back(bucket.bucket);
  return shapes;
}

RunBlocks in_segments(int segments) {
  return [segments](const std::vector<Layer>& layers, at::Tensor x) {
    return checkpoint_sequential(layers, std::min(segments, static_cast<int>(layers.size())), x);
  };
}

template <typename T>
std::vector<T> part_of(const std::vector<T>& all, std::int64_t begin, std::int64_t count) {
  return {all.begin() + begin, all.begin() + begin + count};
}

NoisedBatch part_of(const NoisedBatch& all, std::int64_t begin, std::int64_t count) {
  return {all.x.narrow(0, begin, count), all.velocity.narrow(0, begin, count),
          all.timestep.narrow(0, begin, count)};
}

}  // namespace

FlowTrainer::FlowTrainer(const TrainRecipe& recipe, const LatentSet& latents, std::vector<TokenIds> tokens,
                         std::shared_ptr<Parameters> parameters, MakeFlowModel make_model, at::Device device)
    : recipe_(recipe),
      device_(device),
      buckets_(normalised(latents, recipe.vae, device)),
      shapes_(shapes_of(buckets_)),
      tokens_(std::move(tokens)),
      parameters_(std::move(parameters)),
      make_model_(std::move(make_model)),
      model_(make_model_(parameters_)),
      run_blocks_(recipe.segments > 0 ? in_segments(recipe.segments) : RunBlocks(run_in_order)),
      optimization_(parameters_, recipe.train_transformer.optimizer, recipe.precision, device) {}

StepResult FlowTrainer::step(int step) {
  const OptimizerRecipe& optimizer = recipe_.train_transformer.optimizer;
  at::Generator generator = step_generator(recipe_.seed, Purpose::kFlow, step);
  const Batch batch = draw(generator);

  const std::int64_t part = static_cast<std::int64_t>(batch.captions.size()) / optimizer.accumulate;
  return optimization_.step(optimizer, step, step, [&](int i) {
    return loss(part_of(batch.noised, i * part, part), part_of(batch.captions, i * part, part));
  });
}

FlowTrainer::Batch FlowTrainer::draw(at::Generator& generator) const {
  const FlowRecipe& recipe = recipe_.train_transformer;
  const LatentBucket& bucket = buckets_[pick_bucket(shapes_, uniform(generator))];
  const int count =
      clips_in_batch(recipe.optimizer.batch, bucket.bucket, shapes_.front(), recipe.optimizer.accumulate);
  const at::Tensor index =
      at::randint(bucket.latents.size(0), {count}, generator, at::TensorOptions(at::kLong));
  const at::Tensor dropped =
      at::rand({count}, generator, at::TensorOptions(at::kFloat)) < recipe.caption_dropout;
  // Noise of the whole batch, so that its number of parts changes nothing but rounding.
  Batch batch{add_noise(bucket.latents.index_select(0, index.to(device_)), recipe, generator), {}};
  for (int i = 0; i < count; ++i) {
    const auto clip = static_cast<std::size_t>(index[i].item<std::int64_t>());
    const auto caption = static_cast<std::size_t>(bucket.captions[clip]);
    batch.captions.push_back(dropped[i].item<bool>() ? &tokens_.back() : &tokens_[caption]);
  }
  return batch;
}

/// mean (v̂ − v)², in fp32.
at::Tensor FlowTrainer::loss(const NoisedBatch& noised, const std::vector<const TokenIds*>& captions) const {
  const PaddedContext text = encode_captions(model_.text_encoder, CaptionBatch::of(captions), kTextLength);
  const at::Tensor predicted =
      model_.transformer(noised.x, noised.timestep, model_.transformer.text_context(text.embeds, text.bias),
                         model_.transformer.rope(noised.x), run_blocks_);
  return (predicted.to(at::kFloat) - noised.velocity).square().mean();
}

}  // namespace clipmill
