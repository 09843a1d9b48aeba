#include "model/text_encoder.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include "base/error.h"
#include "checkpoint/model_folder.h"
#include "model/golden.h"

namespace clipmill {
namespace {

struct TextCase {
  std::string model;
  int real, padded;

  friend void PrintTo(const TextCase& c, std::ostream* out) {
    *out << c.model << " " << c.real << " of " << c.padded;
  }
};

class TextEncoderParity : public testing::TestWithParam<TextCase> {};

TEST_P(TextEncoderParity, RealTokensThenZeros) {
  const c10::NoGradGuard no_grad;
  const auto [model, real, padded] = GetParam();
  const auto folder = ModelFolder::open(golden_folder() / "models" / model);
  const TextEncoder encoder(folder.text_encoder_config(), folder.text_encoder(), at::kFloat, at::kCPU);
  const Golden golden(fmt::format("modules/{}/text_encoder_{}of{}.safetensors", model, real, padded));

  const at::Tensor ids = golden["input_ids"].flatten().narrow(0, 0, real).contiguous();
  const auto* data = ids.const_data_ptr<std::int64_t>();
  const at::Tensor states = encoder.encode(std::vector<std::int64_t>(data, data + real), padded);

  EXPECT_LE(relative_l2(states.narrow(1, 0, real), golden["last_hidden_state"].narrow(1, 0, real)),
            kModuleTolerance);
  ASSERT_EQ(states.size(1), padded);
  if (real < padded) {
    EXPECT_EQ(states.narrow(1, real, padded - real).abs().max().item<float>(), 0.0f);
  }
}

INSTANTIATE_TEST_SUITE_P(Lengths, TextEncoderParity,
                         testing::Values(TextCase{"wan21", 1, 8}, TextCase{"wan21", 7, 24},
                                         TextCase{"wan21", 24, 24}, TextCase{"wan21", 150, 160},
                                         TextCase{"two_transformers", 9, 20}, TextCase{"residual", 9, 20}));

TEST(TextEncoder, BucketsOfUmt5) {
  // Distance (key − query) → bucket, with 32 buckets up to 128.
  const at::Tensor buckets = relative_buckets(256, 32, 128);
  const std::vector<std::pair<int, int>> expected = {{-200, 15}, {-64, 14}, {-16, 10}, {-9, 8},  {-7, 7},
                                                     {0, 0},     {1, 17},   {7, 23},   {8, 24},  {12, 25},
                                                     {16, 26},   {32, 28},  {64, 30},  {127, 31}};
  for (const auto& [distance, bucket] : expected) {
    const int query = distance < 0 ? 220 : 10;
    EXPECT_EQ(buckets[query][query + distance].item<std::int64_t>(), bucket) << "distance " << distance;
  }
}

TEST(TextEncoder, TakesTheTableUnderEitherNameButNotTwoDifferentOnes) {
  const c10::NoGradGuard no_grad;
  const auto folder = ModelFolder::open(golden_folder() / "models/two_transformers");
  const auto& source = folder.text_encoder();
  const auto encode = [&](const std::vector<std::string>& names, double change) {
    std::vector<std::pair<std::string, at::Tensor>> tensors;
    for (const std::string& name : source.names()) {
      const auto located = source.at(name);
      const at::Tensor tensor = mapped_tensor(*located.file, *located.info);
      if (name != "shared.weight" && name != "encoder.embed_tokens.weight")
        tensors.emplace_back(name, tensor);
    }
    const auto table = source.at("shared.weight");
    for (std::size_t i = 0; i < names.size(); ++i) {
      tensors.emplace_back(names[i],
                           mapped_tensor(*table.file, *table.info) + static_cast<double>(i) * change);
    }
    const auto copy =
        std::filesystem::temp_directory_path() / fmt::format("clipmill-text-encoder-{}", ::getpid());
    save_tensors(copy / "model.safetensors", tensors);
    const auto opened = TensorSource::open(copy, "model");
    std::filesystem::remove_all(copy);
    return TextEncoder(folder.text_encoder_config(), opened, at::kFloat, at::kCPU).encode({5, 7, 1}, 4);
  };
  const at::Tensor expected = encode({"shared.weight"}, 0);
  EXPECT_TRUE(at::equal(encode({"encoder.embed_tokens.weight"}, 0), expected));
  EXPECT_TRUE(at::equal(encode({"shared.weight", "encoder.embed_tokens.weight"}, 0), expected));
  EXPECT_THROW(encode({"shared.weight", "encoder.embed_tokens.weight"}, 0.5), Error);
}

TEST(TextEncoder, RefusesTokensBeyondItsVocabulary) {
  const auto folder = ModelFolder::open(golden_folder() / "models/wan21");
  const TextEncoder encoder(folder.text_encoder_config(), folder.text_encoder(), at::kFloat, at::kCPU);
  EXPECT_THROW(encoder.encode({3, 1'000'000, 1}, 8), Error);
}

}  // namespace
}  // namespace clipmill
