#include "model/text_padding.h"

#include <cmath>

namespace clipmill {
namespace {

/// How many of the last rows are zero in all prompts.
std::int64_t zero_rows(const at::Tensor& embeds) {
  const at::Tensor used = embeds.ne(0).any(-1).any(0).cpu().contiguous();
  const bool* row = used.const_data_ptr<bool>();
  std::int64_t rows = 0;
  while (rows < used.size(0) && !row[used.size(0) - 1 - rows]) ++rows;
  return rows;
}

}  // namespace

MergedText merge_padding(const at::Tensor& embeds) {
  const std::int64_t padding = zero_rows(embeds);
  if (padding < 2) return {embeds, {}};
  const std::int64_t kept = embeds.size(1) - padding + 1;
  const at::Tensor bias = at::zeros({embeds.size(0), 1, 1, kept});
  bias.narrow(3, kept - 1, 1).fill_(std::log(static_cast<double>(padding)));
  return {embeds.narrow(1, 0, kept), bias.to(embeds.device())};
}

}  // namespace clipmill
