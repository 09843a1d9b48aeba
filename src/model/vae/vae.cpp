#include "model/vae/vae.h"

#include "model/vae/striped_decoder.h"

namespace clipmill {
namespace {

Weights fp32(const TensorSource& source, at::Device device) {
  return Weights(
      std::make_shared<CheckpointWeights>(source, device, [](std::string_view) { return at::kFloat; }));
}

/// oneDNN's convolutions of few channels need a third less time in it.
constexpr auto kFast = at::MemoryFormat::ChannelsLast3d;

at::Tensor per_channel(const std::vector<double>& values, at::Device device) {
  return at::tensor(values, at::kDouble).to(at::kFloat).view({1, -1, 1, 1, 1}).to(device);
}

}  // namespace

Vae::Vae(const VaeConfig& config, const TensorSource& source, at::Device device, Parts parts)
    : Vae(config, fp32(source, device), device, parts) {}

Vae::Vae(const VaeConfig& config, const Weights& weights, at::Device device, Parts parts)
    : config_(config),
      mean_(per_channel(config.latents_mean, device)),
      std_(per_channel(config.latents_std, device)),
      quant_conv_(weights["quant_conv"]),
      post_quant_conv_(weights["post_quant_conv"]),
      decoder_(config, weights["decoder"]) {
  if (parts == Parts::kBoth) encoder_.emplace(config, weights["encoder"]);
}

void Vae::decode(const at::Tensor& latents, const FrameSink& sink, const DecodePlan& plan) const {
  FeatureCache cache;
  StripedDecoder striped(decoder_, plan.strips);
  for (std::int64_t t = 0; t < latents.size(2); ++t) {
    const at::Tensor z = denormalised(latents.narrow(2, t, 1)).contiguous(kFast);
    at::Tensor decoded = plan.strips > 1 ? striped(z) : decoder_(z, &cache);
    const at::Tensor pixels = to_pixels(decoded);
    decoded.reset();  // before whoever takes the pixels needs room
    sink(pixels);
  }
}

at::Tensor Vae::decode_whole(const at::Tensor& latents) const {
  return to_pixels(decoder_(denormalised(latents), nullptr));
}

Vae::Moments Vae::moments(const at::Tensor& pixels) const {
  const auto halves =
      quant_conv_(encoder_.value()(from_pixels(pixels).contiguous(kFast), nullptr), nullptr).chunk(2, 1);
  return {halves[0], halves[1].clamp(-30, 20)};
}

at::Tensor Vae::decode_raw(const at::Tensor& z) const {
  return unpatchified(decoder_(post_quant_conv_(z.contiguous(kFast), nullptr), nullptr));
}

at::Tensor Vae::encode(const at::Tensor& pixels) const {
  const at::Tensor x = from_pixels(pixels);
  FeatureCache cache;
  std::vector<at::Tensor> chunks = {encoder_.value()(x.narrow(2, 0, 1), &cache)};
  for (std::int64_t t = 1; t + 4 <= x.size(2); t += 4)
    chunks.push_back(encoder_.value()(x.narrow(2, t, 4), &cache));
  return normalised_mean(at::cat(chunks, 2));
}

at::Tensor Vae::encode_whole(const at::Tensor& pixels) const {
  return normalised_mean(encoder_.value()(from_pixels(pixels), nullptr));
}

at::Tensor Vae::denormalised(const at::Tensor& latents) const {
  // Divided by the inverse, as the reference writes it: the same last bit.
  return post_quant_conv_(latents.to(at::kFloat) / (1.0 / std_) + mean_, nullptr);
}

at::Tensor Vae::to_pixels(const at::Tensor& decoded) const {
  at::Tensor pixels = unpatchified(decoded);
  return at::GradMode::is_enabled() ? pixels.clamp(-1, 1) : pixels.clamp_(-1, 1);
}

at::Tensor Vae::unpatchified(const at::Tensor& decoded) const {
  if (config_.patch_size <= 1) return decoded;
  const std::int64_t p = config_.patch_size;
  // Channels are (c, p_w, p_h): [B, c·p·p, T, H, W] → [B, c, T, H·p, W·p].
  const at::Tensor x = decoded.unflatten(1, {-1, p, p}).permute({0, 1, 4, 5, 3, 6, 2});
  return x.flatten(5, 6).flatten(3, 4);
}

at::Tensor Vae::from_pixels(const at::Tensor& pixels) const {
  if (config_.patch_size <= 1) return pixels;
  const std::int64_t p = config_.patch_size;
  return pixels.unflatten(4, {-1, p}).unflatten(3, {-1, p}).permute({0, 1, 6, 4, 2, 3, 5}).flatten(1, 3);
}

at::Tensor Vae::normalised_mean(const at::Tensor& encoded) const {
  return (quant_conv_(encoded, nullptr).chunk(2, 1)[0] - mean_) / std_;
}

}  // namespace clipmill
