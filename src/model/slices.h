// A tensor's tokens in parts, one after the other.
#pragma once

#include <ATen/ATen.h>

#include <algorithm>
#include <cstdint>

namespace clipmill {

/// visit(first, count) for all of `length`, `size` at a time (the last part may be shorter).
template <class Visit>
void in_slices(std::int64_t length, std::int64_t size, const Visit& visit) {
  for (std::int64_t first = 0; first < length; first += size) visit(first, std::min(size, length - first));
}

/// Tokens [first, first + count) of x [B, L, …].
inline at::Tensor tokens_of(const at::Tensor& x, std::int64_t first, std::int64_t count) {
  return count == x.size(1) ? x : x.narrow(1, first, count);
}

/// How many tokens of x [B, L, d] a chain of element-wise operations takes at a time, so that what lies
/// between them is small and, on a CPU, stays in the cache; a GPU wants larger parts.
inline std::int64_t elementwise_tokens(const at::Tensor& x) {
  const std::int64_t values = std::int64_t{1} << (x.is_cpu() ? 17 : 22);
  return std::max<std::int64_t>(1, values / (x.size(0) * x.size(2)));
}

/// chain(x, first token) [B, l, …] of all tokens, in x's type, elementwise_tokens(x) at a time: written into
/// what result() gives, which may be x itself; small ones are a tensor of their own.
template <class Result, class Chain>
at::Tensor tokenwise(const at::Tensor& x, const Result& result, const Chain& chain) {
  const std::int64_t length = x.size(1), size = elementwise_tokens(x);
  if (length <= size) return chain(x, 0).to(x.scalar_type());
  const at::Tensor all = result();
  in_slices(length, size, [&](std::int64_t first, std::int64_t count) {
    tokens_of(all, first, count).copy_(chain(tokens_of(x, first, count), first));
  });
  return all;
}

}  // namespace clipmill
