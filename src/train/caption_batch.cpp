#include "train/caption_batch.h"

#include <algorithm>
#include <map>

#include "model/prompt_cleaning.h"

namespace clipmill {

TokenIds caption_tokens(const Tokenizer& tokenizer, const std::string& caption) {
  return tokenizer.encode(clean_prompt(caption), kTextLength);
}

CaptionBatch CaptionBatch::of(const std::vector<const TokenIds*>& captions) {
  std::vector<const TokenIds*> different;
  std::map<TokenIds, std::int64_t> known;
  std::vector<std::int64_t> index;
  std::size_t longest = 0;
  for (const TokenIds* caption : captions) {
    const auto [found, fresh] = known.emplace(*caption, static_cast<std::int64_t>(different.size()));
    if (fresh) different.push_back(caption);
    index.push_back(found->second);
    longest = std::max(longest, caption->size());
  }
  const auto rows = static_cast<std::int64_t>(different.size()), columns = static_cast<std::int64_t>(longest);
  CaptionBatch batch{at::zeros({rows, columns}, at::kLong), at::zeros({rows, columns}, at::kBool),
                     at::tensor(index, at::kLong)};
  for (std::int64_t u = 0; u < rows; ++u) {
    const TokenIds& ids = *different[static_cast<std::size_t>(u)];
    const auto length = static_cast<std::int64_t>(ids.size());
    batch.ids[u].narrow(0, 0, length).copy_(at::tensor(ids, at::kLong));
    batch.mask[u].narrow(0, 0, length).fill_(true);
  }
  return batch;
}

PaddedContext encode_captions(const TextEncoder& encoder, const CaptionBatch& batch, int length) {
  const at::Tensor states = encoder(batch.ids, batch.mask);
  const at::Device device = states.device();
  const at::Tensor mask = batch.mask.to(device), index = batch.index.to(device);
  const at::Tensor embeds = at::constant_pad_nd(states * mask.unsqueeze(-1), {0, 0, 0, 1});
  const at::Tensor real = at::constant_pad_nd(mask, {0, 1});  // the added row is padding
  const at::Tensor tokens = mask.sum(1, true).to(at::kFloat);
  const double keys = static_cast<double>(embeds.size(1));
  // Of length − L equal pad keys, S + 1 − L are there.
  const at::Tensor pad_bias = ((length - tokens) / (keys - tokens)).log();
  const at::Tensor bias = at::where(real, at::zeros_like(pad_bias), pad_bias).unsqueeze(1).unsqueeze(1);
  return {embeds.index_select(0, index), bias.index_select(0, index)};
}

}  // namespace clipmill
