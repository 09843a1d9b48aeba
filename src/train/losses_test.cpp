// What a step draws, what it makes small, and the latents it learns from.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <ATen/CPUGeneratorImpl.h>

#include <algorithm>
#include <cmath>

#include "checkpoint/test_folder.h"
#include "train/batch_draw.h"
#include "train/flow_loss.h"
#include "train/latent_set.h"
#include "train/vae_loss.h"

namespace clipmill {
namespace {

using testing::DoubleNear;
using testing::ElementsAre;
using testing::Pointwise;

at::Tensor normal(at::IntArrayRef shape, std::uint64_t seed = 1) {
  auto generator = at::make_generator<at::CPUGeneratorImpl>(seed);
  return at::randn(shape, generator, at::TensorOptions(at::kFloat));
}

double value(const at::Tensor& t) { return t.item<double>(); }

TEST(BatchDraw, TheSameStepDrawsTheSameAndNoOtherDoes) {
  const auto drawn = [](std::uint64_t seed, Purpose purpose, std::int64_t step) {
    at::Generator generator = step_generator(seed, purpose, step);
    return std::vector<double>{uniform(generator), uniform(generator)};
  };
  EXPECT_EQ(drawn(1, Purpose::kVae, 5), drawn(1, Purpose::kVae, 5));
  std::vector<double> first;
  for (const std::uint64_t seed : {1, 2}) {
    for (const Purpose purpose : {Purpose::kVae, Purpose::kFlow}) {
      for (int step = 0; step < 200; ++step) first.push_back(drawn(seed, purpose, step)[0]);
    }
  }
  std::ranges::sort(first);
  EXPECT_EQ(std::ranges::adjacent_find(first), first.end());
  double largest_gap = 0;  // steps that follow each other draw numbers that share nothing: uniform together
  for (std::size_t i = 0; i < first.size(); ++i) {
    largest_gap = std::max(largest_gap, std::abs(first[i] - static_cast<double>(i) / 800));
  }
  EXPECT_LT(largest_gap, 1.63 / std::sqrt(800)) << "Kolmogorov-Smirnov, 1 %";
}

TEST(BatchDraw, IndicesReachBothEndsAndNoFurther) {
  at::Generator generator = step_generator(1, Purpose::kVae, 0);
  std::vector<int> counts(5);
  for (int i = 0; i < 2000; ++i) ++counts.at(static_cast<std::size_t>(uniform_index(generator, 5)));
  EXPECT_THAT(counts, testing::Each(testing::AllOf(testing::Gt(320), testing::Lt(480))));
}

TEST(BatchDraw, BucketsComeByTheirWeight) {
  const std::vector<Bucket> buckets = {{64, 64, 17, 3}, {96, 64, 17, 0.5}, {64, 64, 33, 1.5}};
  std::vector<int> counts(3);
  for (int i = 0; i < 1000; ++i) ++counts[pick_bucket(buckets, (i + 0.5) / 1000)];
  EXPECT_THAT(counts, ElementsAre(600, 100, 300));
  EXPECT_EQ(pick_bucket(buckets, 0), 0u);
  EXPECT_EQ(pick_bucket(buckets, std::nextafter(1.0, 0.0)), 2u);
  EXPECT_EQ(pick_bucket({{}}, 0.7), 0u);
}

TEST(BatchDraw, LargerClipsComeInSmallerBatches) {
  const Bucket native{64, 64, 17}, wide{128, 64, 17}, short_one{64, 64, 1}, huge{512, 512, 81};
  EXPECT_EQ(clips_in_batch(32, native, native, 1), 32);
  EXPECT_EQ(clips_in_batch(32, wide, native, 1), 16);
  EXPECT_EQ(clips_in_batch(2, short_one, native, 1), 34);
  EXPECT_EQ(clips_in_batch(32, huge, native, 1), 1) << "at least one";
  for (const int parts : {1, 2, 4, 8}) {
    EXPECT_EQ(clips_in_batch(32, native, native, parts), 32);
    for (const Bucket& bucket : {native, wide, short_one, huge}) {
      const int count = clips_in_batch(32, bucket, native, parts);
      EXPECT_EQ(count % parts, 0);
      EXPECT_GE(count, parts);
    }
  }
}

TEST(FlowLoss, NoiseVelocityAndTimestepBelongTogether) {
  const FlowRecipe recipe;
  const at::Tensor x0 = normal({6, 4, 2, 8, 8}) * 2 + 1;
  at::Generator generator = step_generator(1, Purpose::kFlow, 0);
  const NoisedBatch noised = add_noise(x0, recipe, generator);
  const at::Tensor sigma = (noised.timestep / 1000).view({-1, 1, 1, 1, 1}), noise = noised.velocity + x0;
  EXPECT_EQ(noised.timestep.sizes(), at::IntArrayRef({6}));
  EXPECT_TRUE(at::allclose(noised.x, (1 - sigma) * x0 + sigma * noise, 1e-5, 1e-5));
  EXPECT_TRUE(at::allclose(noised.x - sigma * noised.velocity, x0, 1e-4, 1e-4))
      << "one exact Euler step leads back";
  EXPECT_NEAR(value(noise.mean()), 0, 0.05);
  EXPECT_NEAR(value(noise.std()), 1, 0.05);
  at::Generator again = step_generator(1, Purpose::kFlow, 0), other = step_generator(1, Purpose::kFlow, 1);
  EXPECT_TRUE(at::equal(add_noise(x0, recipe, again).x, noised.x));
  EXPECT_FALSE(at::equal(add_noise(x0, recipe, other).x, noised.x));
}

TEST(FlowLoss, NoiseLevelsAreShiftedLogitNormal) {
  for (const auto& [shift, mean, deviation] :
       {std::tuple(1.0, 0.0, 1.0), {3.0, 0.5, 1.3}, {2.0, -0.4, 0.7}}) {
    FlowRecipe recipe;
    recipe.sigma_shift = shift, recipe.logit_mean = mean, recipe.logit_std = deviation;
    at::Generator generator = step_generator(4, Purpose::kFlow, 0);
    constexpr int kDraws = 4096;
    const at::Tensor t =
        add_noise(at::zeros({kDraws, 1, 1, 1, 1}), recipe, generator).timestep.to(at::kDouble);
    const at::Tensor sigma = std::get<0>((t / 1000).sort());
    const at::Tensor u = sigma / (shift - (shift - 1) * sigma);  // the shift undone
    const at::Tensor normal = ((u / (1 - u)).log() - mean) / deviation;
    const at::Tensor expected = 0.5 * (1 + (normal / std::sqrt(2.0)).erf());
    const at::Tensor rank = (at::arange(kDraws, at::kDouble) + 0.5) / kDraws;
    EXPECT_LT(value((expected - rank).abs().max()), 1.63 / std::sqrt(kDraws))
        << shift << ": Kolmogorov-Smirnov, 1 %";
  }
}

TEST(VaeLoss, TheDivergenceIsTheClosedForm) {
  const at::Tensor zeros = at::zeros({2, 3, 1, 2, 2});
  EXPECT_NEAR(value(kl_divergence({zeros, zeros})), 0, 1e-9);
  EXPECT_NEAR(value(kl_divergence({zeros + 3, zeros})), 4.5, 1e-6) << "½ μ²";
  EXPECT_NEAR(value(kl_divergence({zeros + 1, zeros + std::log(4)})), 0.5 * (1 + 4 - 1 - std::log(4)), 1e-6);
  // Against ∫ p log(p/q), summed over a grid.
  const double mu = 0.7, sigma = 0.6;
  const at::Tensor x = at::linspace(-8, 8, 16001, at::kDouble), z = (x - mu) / sigma;
  const at::Tensor log_p = -0.5 * z.square() - std::log(sigma), log_q = -0.5 * x.square();
  const double integral = value((log_p.exp() * (log_p - log_q)).sum()) * 0.001 / std::sqrt(2 * M_PI);
  EXPECT_NEAR(value(kl_divergence({zeros + mu, zeros + 2 * std::log(sigma)})), integral, 1e-5);
}

TEST(VaeLoss, EdgesWeighMoreAndTheMeanIsOne) {
  at::Tensor pixels = at::full({2, 3, 2, 8, 8}, -1.0f);
  EXPECT_TRUE(at::allclose(rim_weight(pixels, 3), at::ones({2, 1, 2, 8, 8}))) << "no edge";
  pixels.narrow(4, 4, 4).fill_(1);  // the right half is white: columns 3 and 4 are the rim
  const at::Tensor weight = rim_weight(pixels, 3);
  EXPECT_NEAR(value(weight.mean()), 1, 1e-6);
  const at::Tensor row = weight[0][0][0][5];
  EXPECT_NEAR(value(row[3] / row[0]), 4, 1e-5) << "1 + rim";
  EXPECT_NEAR(value(row[4] / row[7]), 4, 1e-5);
  EXPECT_NEAR(value(row[2] / row[0]), 1, 1e-5);
  EXPECT_TRUE(at::allclose(rim_weight(pixels, 0), at::ones({2, 1, 2, 8, 8})));
  const at::Tensor random = rim_weight(normal({1, 3, 3, 5, 7}), 5);
  EXPECT_NEAR(value(random.mean()), 1, 1e-5);
  EXPECT_EQ(random.sizes(), at::IntArrayRef({1, 1, 3, 5, 7}));
}

TEST(VaeLoss, AFaintEdgeWeighsInBetween) {
  at::Tensor pixels = at::zeros({1, 3, 1, 4, 8});
  pixels.narrow(4, 4, 4).fill_(0.25);  // half of the contrast from which on an edge counts in full
  const at::Tensor row = rim_weight(pixels, 2)[0][0][0][1];
  EXPECT_NEAR(value(row[3] / row[0]), 2, 1e-5);
}

TEST(VaeLoss, TheEdgeTermIsTheSlopeBothWays) {
  const at::Tensor y = at::arange(5, at::kFloat).view({1, 1, 1, 5, 1}),
                   x = at::arange(6, at::kFloat).view({1, 1, 1, 1, 6});
  EXPECT_NEAR(value(gradient_l1((0.5 * x - 0.25 * y).expand({1, 3, 2, 5, 6}))), 0.75, 1e-6);
  EXPECT_NEAR(value(gradient_l1(at::full({1, 3, 2, 5, 6}, 7.0f))), 0, 1e-9) << "a constant has no edge";
}

TEST(VaeLoss, AddsItsTermsByTheirWeights) {
  const at::Tensor pixels = normal({1, 3, 2, 6, 6}).clamp(-1, 1),
                   decoded = pixels + 0.1 * normal({1, 3, 2, 6, 6}, 2);
  const Vae::Moments moments{normal({1, 4, 1, 2, 2}, 3), normal({1, 4, 1, 2, 2}, 4)};
  VaeRecipe recipe;
  recipe.rim = 0, recipe.edge = 0, recipe.kl = 0;
  const at::Tensor d = decoded - pixels;
  const double plain = value((d.abs() + d.square()).mean());
  EXPECT_NEAR(value(vae_loss(decoded, pixels, moments, recipe)), plain, 1e-6);
  recipe.edge = 2, recipe.kl = 0.5;
  EXPECT_NEAR(value(vae_loss(decoded, pixels, moments, recipe)),
              plain + 2 * value(gradient_l1(d)) + 0.5 * value(kl_divergence(moments)), 1e-5);
  EXPECT_NEAR(value(vae_loss(pixels, pixels, {at::zeros({1}), at::zeros({1})}, recipe)), 0, 1e-7);
}

LatentSet some_latents() {
  LatentSet set;
  set.captions = {"a red circle", "ein größerer Kreis", ""};
  set.buckets.push_back({{32, 48, 5, 0.25}, normal({3, 2, 2, 4, 6}) * 3 + 1, {2, 0, 1}});
  set.buckets.push_back({{64, 64, 1, 2}, normal({5, 2, 1, 8, 8}, 2), {0, 1, 1, 2, 0}});
  return set;
}

TEST(LatentSet, StatisticsAreThoseOfAllValuesOfAChannel) {
  const LatentSet set = some_latents();
  const LatentSet::Statistics statistics = set.statistics();
  ASSERT_EQ(statistics.mean.size(), 2u);
  for (std::int64_t channel = 0; channel < 2; ++channel) {
    std::vector<at::Tensor> values;
    for (const LatentBucket& bucket : set.buckets)
      values.push_back(bucket.latents.select(1, channel).flatten());
    const at::Tensor all = at::cat(values).to(at::kDouble);
    EXPECT_NEAR(statistics.mean[static_cast<std::size_t>(channel)], value(all.mean()), 1e-9);
    EXPECT_NEAR(statistics.std[static_cast<std::size_t>(channel)], value(all.std(/*unbiased=*/false)), 1e-9);
  }
}

TEST(LatentSet, ConstantChannelsHaveADeviationToDivideBy) {
  LatentSet set = some_latents();
  for (LatentBucket& bucket : set.buckets) bucket.latents.select(1, 0).fill_(5);
  EXPECT_GT(set.statistics().std[0], 0);
}

TEST(LatentSet, ReadsWhatItSaved) {
  const TestFolder folder;
  const LatentSet set = some_latents();
  save_latents(folder / "latents.safetensors", set);
  const LatentSet read = read_latents(folder / "latents.safetensors");
  EXPECT_EQ(read.captions, set.captions);
  ASSERT_EQ(read.buckets.size(), 2u);
  for (std::size_t i = 0; i < 2; ++i) {
    EXPECT_EQ(read.buckets[i].bucket, set.buckets[i].bucket);
    EXPECT_TRUE(at::equal(read.buckets[i].latents, set.buckets[i].latents));
    EXPECT_EQ(read.buckets[i].captions, set.buckets[i].captions);
  }
}

TEST(LatentSet, TheCacheGivesOnlyWhatIsWholeAndFits) {
  const TestFolder folder;
  const auto file = folder / "latents.safetensors", mark = folder / "latents.json";
  EXPECT_FALSE(cached_latents(file, mark, "one"));
  cache_latents(file, mark, "one", some_latents());
  ASSERT_TRUE(cached_latents(file, mark, "one"));
  EXPECT_EQ(cached_latents(file, mark, "one")->captions, some_latents().captions);
  EXPECT_FALSE(cached_latents(file, mark, "two"));
  std::filesystem::resize_file(file, 300);
  EXPECT_THROW(read_latents(file), Error);
  EXPECT_FALSE(cached_latents(file, mark, "one")) << "it is made again";
}

}  // namespace
}  // namespace clipmill
