#include "train/latent_set.h"

#include <fmt/format.h>

#include <sstream>

#include "base/atomic_file.h"
#include "base/error.h"
#include "model/tensor_io.h"

namespace clipmill {
namespace {

constexpr const char* kCaptions = "captions";

/// All captions as one byte tensor, each ended by a newline (captions are single lines).
at::Tensor packed(const std::vector<std::string>& lines) {
  std::string all;
  for (const std::string& line : lines) all += line + "\n";
  return at::from_blob(all.data(), {static_cast<std::int64_t>(all.size())}, at::TensorOptions(at::kByte))
      .clone();
}

std::vector<std::string> unpacked(const at::Tensor& bytes) {
  std::istringstream all(
      std::string(static_cast<const char*>(bytes.const_data_ptr()), static_cast<std::size_t>(bytes.numel())));
  std::vector<std::string> lines;
  for (std::string line; std::getline(all, line);) lines.push_back(line);
  return lines;
}

at::Tensor shape_of(const Bucket& b) { return at::tensor({b.width, b.height, b.frames}, at::kDouble); }

}  // namespace

LatentSet::Statistics LatentSet::statistics() const {
  at::Tensor sum, square;
  double count = 0;
  for (const LatentBucket& bucket : buckets) {
    const at::Tensor x = bucket.latents.to(at::kDouble);
    const at::Tensor s = x.sum({0, 2, 3, 4}), q = x.square().sum({0, 2, 3, 4});
    sum = sum.defined() ? sum + s : s;
    square = square.defined() ? square + q : q;
    count += static_cast<double>(x.numel() / x.size(1));
  }
  const at::Tensor mean = sum / count, std = (square / count - mean.square()).clamp_min(1e-12).sqrt();
  const auto values = [](const at::Tensor& t) {
    return std::vector<double>(t.const_data_ptr<double>(), t.const_data_ptr<double>() + t.numel());
  };
  return {values(mean), values(std)};
}

LatentBucket blank_latents(const Bucket& bucket, const VaeConfig& vae, std::int64_t clips,
                           std::int64_t captions) {
  LatentBucket blank{
      bucket,
      at::zeros({clips, vae.z_dim, (bucket.frames - 1) / vae.scale_factor_temporal + 1,
                 bucket.height / vae.scale_factor_spatial, bucket.width / vae.scale_factor_spatial},
                at::kFloat),
      {}};
  for (std::int64_t i = 0; i < clips; ++i) blank.captions.push_back(i % captions);
  return blank;
}

at::Tensor normalised(const at::Tensor& latents, const VaeConfig& vae) {
  const auto channels = [](const std::vector<double>& values) {
    return at::tensor(values, at::kDouble).to(at::kFloat).view({1, -1, 1, 1, 1});
  };
  return (latents - channels(vae.latents_mean)) / channels(vae.latents_std);
}

void save_latents(const std::filesystem::path& file, const LatentSet& set) {
  std::vector<std::pair<std::string, at::Tensor>> tensors = {{kCaptions, packed(set.captions)}};
  for (std::size_t i = 0; i < set.buckets.size(); ++i) {
    const LatentBucket& b = set.buckets[i];
    tensors.emplace_back(fmt::format("{}.bucket", i),
                         at::cat({shape_of(b.bucket), at::tensor({b.bucket.weight}, at::kDouble)}));
    tensors.emplace_back(fmt::format("{}.latents", i), b.latents);
    tensors.emplace_back(fmt::format("{}.captions", i), at::tensor(b.captions, at::kLong));
  }
  save_tensors(file, tensors);
}

LatentSet read_latents(const std::filesystem::path& path) {
  const SafetensorsFile file(path);
  LatentSet set;
  set.captions = unpacked(load_tensor(path, kCaptions));
  for (std::size_t i = 0; file.find(fmt::format("{}.bucket", i)); ++i) {
    const at::Tensor b = load_tensor(path, fmt::format("{}.bucket", i));
    const at::Tensor captions = load_tensor(path, fmt::format("{}.captions", i));
    const auto at = [&](int k) { return static_cast<int>(b[k].item<double>()); };
    set.buckets.push_back({{at(0), at(1), at(2), b[3].item<double>()},
                           load_tensor(path, fmt::format("{}.latents", i)),
                           {captions.const_data_ptr<std::int64_t>(),
                            captions.const_data_ptr<std::int64_t>() + captions.numel()}});
  }
  return set;
}

void cache_latents(const std::filesystem::path& file, const std::filesystem::path& mark,
                   const std::string& fingerprint, const LatentSet& set) {
  std::filesystem::remove(mark);
  save_latents(file, set);
  write_file(mark, fingerprint);
}

std::optional<LatentSet> cached_latents(const std::filesystem::path& file, const std::filesystem::path& mark,
                                        const std::string& fingerprint) try {
  const bool known =
      std::filesystem::exists(file) && std::filesystem::exists(mark) && read_file(mark) == fingerprint;
  return known ? std::optional(read_latents(file)) : std::nullopt;
} catch (const Error& error) {
  if (error.kind() != ErrorKind::kInput) throw;
  return std::nullopt;
}

}  // namespace clipmill
