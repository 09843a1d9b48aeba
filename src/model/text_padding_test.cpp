#include "model/text_padding.h"

#include <gtest/gtest.h>

#include "model/golden.h"
#include "model/layers.h"

namespace clipmill {
namespace {

at::Tensor prompts(std::int64_t count, std::int64_t real, std::int64_t padded) {
  return at::constant_pad_nd(at::randn({count, real, 8}), {0, 0, 0, padded - real});
}

TEST(TextPadding, OneKeyWeighsAsMuchAsAllOfThem) {
  const at::Tensor query = at::randn({2, 5, 1, 8});
  for (const int real : {1, 7, 30}) {
    const at::Tensor embeds = prompts(2, real, 32);
    const auto keys = [](const at::Tensor& e) { return (e + 0.3).unsqueeze(2); };  // of padding: not zero
    const MergedText merged = merge_padding(embeds);
    EXPECT_EQ(merged.embeds.size(1), real + 1);
    const at::Tensor whole = attention(query, keys(embeds), keys(embeds));
    EXPECT_LE(relative_l2(attention(query, keys(merged.embeds), keys(merged.embeds), merged.bias), whole),
              1e-6);
    EXPECT_GT(relative_l2(attention(query, keys(merged.embeds), keys(merged.embeds)), whole), 1e-4)
        << "the bias does something";
  }
}

TEST(TextPadding, OnlyWhatIsPaddingInAllPrompts) {
  const at::Tensor embeds = at::cat({prompts(1, 3, 16), prompts(1, 9, 16)});
  EXPECT_EQ(merge_padding(embeds).embeds.size(1), 10);
  EXPECT_EQ(merge_padding(at::zeros({1, 16, 8})).embeds.size(1), 1);
  for (const int real : {15, 16}) {  // one key of padding, or none: as it is
    const MergedText merged = merge_padding(prompts(1, real, 16));
    EXPECT_EQ(merged.embeds.size(1), 16);
    EXPECT_FALSE(merged.bias.defined());
  }
  at::Tensor gap = prompts(1, 9, 16);
  gap.select(1, 4).zero_();  // a zero row between others is no padding
  EXPECT_EQ(merge_padding(gap).embeds.size(1), 10);
}

}  // namespace
}  // namespace clipmill
