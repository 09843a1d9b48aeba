#include "train/flow_trainer.h"

#include <c10/core/GradMode.h>

#include <algorithm>
#include <set>
#include <utility>

#include "train/batch_draw.h"

namespace clipmill {
namespace {

std::vector<LatentBucket> normalised(const LatentSet& set, const VaeConfig& vae, at::Device device) {
  std::vector<LatentBucket> buckets = set.buckets;
  for (LatentBucket& bucket : buckets) bucket.latents = normalised(bucket.latents, vae).to(device);
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
      batch_(recipe.train_transformer.optimizer.batch),
      optimization_(parameters_, recipe.train_transformer.optimizer, recipe.precision, device) {
  set_segments(recipe.segments);
}

void FlowTrainer::set_segments(int segments) {
  run_blocks_ = segments > 0 ? in_segments(segments) : RunBlocks(run_in_order);
}

StepResult FlowTrainer::step(int step) {
  const Batch batch = this->batch(step);
  return optimization_.step(recipe_.train_transformer.optimizer, step, step,
                            [&](int part) { return part_loss(batch, part); });
}

TrialSteps FlowTrainer::trials() {
  TrialSteps trials{{}, shapes_.front(), recipe_.train_transformer.optimizer.accumulate, {}};
  for (const Bucket& bucket : shapes_) trials.shapes.push_back({bucket, 0});
  trials.run = [this](const StepShape& shape, int clips) { try_step(shape, clips); };
  return trials;
}

void FlowTrainer::try_step(const StepShape& shape, int clips) {
  const OptimizerRecipe& optimizer = recipe_.train_transformer.optimizer;
  const Batch batch = heaviest_batch(shape, clips, optimizer.accumulate);
  optimization_.try_step(optimizer, [&](int part) { return part_loss(batch, part); });
}

LayerBytes FlowTrainer::measure_block(Device& device, const StepShape& shape, int clips) {
  LayerBytes bytes;
  const RunBlocks measure = [&](const std::vector<Layer>& layers, const at::Tensor& x) {
    bytes = measure_layer(device, layers.front(), x);
    return x;
  };
  OptimizerRecipe whole = recipe_.train_transformer.optimizer;
  clips /= std::exchange(whole.accumulate, 1);
  const Batch batch = heaviest_batch(shape, clips, whole.accumulate);
  optimization_.try_step(whole, [&](int) {
    // What blocks share (prompt and time) must have no graph: the block's own backward pass would end it.
    const c10::NoGradGuard no_grad;
    loss(batch.noised, batch.captions, measure);
    return at::zeros({}, at::TensorOptions(device_)).requires_grad_(true);
  });
  return bytes;
}

/// The text encoder computes each different caption of a part once, padded to its longest: so each part gets
/// as many different ones as it can have, the longest first.
FlowTrainer::Batch FlowTrainer::heaviest_batch(const StepShape& shape, int clips, int parts) const {
  at::Generator generator = step_generator(recipe_.seed, Purpose::kFlow, shape.step);
  const auto index = std::ranges::find(shapes_, shape.bucket) - shapes_.begin();
  const LatentBucket& bucket = buckets_[static_cast<std::size_t>(index)];
  Batch batch = draw(bucket, clips, generator);
  const std::vector<const TokenIds*> different = different_captions(bucket);
  const auto of_part = static_cast<std::size_t>(clips / parts);
  for (std::size_t i = 0; i < batch.captions.size(); ++i)
    batch.captions[i] = different[i % of_part % different.size()];
  return batch;
}

/// Longest first; the empty one is among them where captions are dropped.
std::vector<const TokenIds*> FlowTrainer::different_captions(const LatentBucket& bucket) const {
  std::set<TokenIds> known;
  std::vector<const TokenIds*> different;
  const auto add = [&](const TokenIds& caption) {
    if (known.insert(caption).second) different.push_back(&caption);
  };
  for (const std::int64_t caption : bucket.captions) add(tokens_[static_cast<std::size_t>(caption)]);
  if (recipe_.train_transformer.caption_dropout > 0) add(tokens_.back());
  std::ranges::stable_sort(different, std::ranges::greater(), [](const auto* ids) { return ids->size(); });
  return different;
}

FlowTrainer::Batch FlowTrainer::batch(int step) const {
  at::Generator generator = step_generator(recipe_.seed, Purpose::kFlow, step);
  const LatentBucket& bucket = buckets_[pick_bucket(shapes_, uniform(generator))];
  const int parts = recipe_.train_transformer.optimizer.accumulate;
  return draw(bucket, clips_in_batch(batch_, bucket.bucket, shapes_.front(), parts), generator);
}

FlowTrainer::Batch FlowTrainer::draw(const LatentBucket& bucket, int count, at::Generator& generator) const {
  const FlowRecipe& recipe = recipe_.train_transformer;
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

/// Of part `part` of `accumulate` equal ones.
at::Tensor FlowTrainer::part_loss(const Batch& batch, int part) const {
  const auto clips = static_cast<std::int64_t>(batch.captions.size());
  const std::int64_t count = clips / recipe_.train_transformer.optimizer.accumulate;
  return loss(part_of(batch.noised, part * count, count), part_of(batch.captions, part * count, count),
              run_blocks_);
}

/// mean (v̂ − v)², in fp32.
at::Tensor FlowTrainer::loss(const NoisedBatch& noised, const std::vector<const TokenIds*>& captions,
                             const RunBlocks& run_blocks) const {
  const PaddedContext text = encode_captions(model_.text_encoder, CaptionBatch::of(captions), kTextLength);
  const at::Tensor predicted =
      model_.transformer(noised.x, noised.timestep, model_.transformer.text_context(text.embeds, text.bias),
                         model_.transformer.rope(noised.x), run_blocks);
  return (predicted.to(at::kFloat) - noised.velocity).square().mean();
}

}  // namespace clipmill
