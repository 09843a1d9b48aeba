// TransformerBlock::apply: in place and in slices of the tokens, so that nothing outlives its last use.
#include "model/gelu.h"
#include "model/slices.h"
#include "model/transformer_block.h"
#include "vram/memory_scope.h"

namespace clipmill {
namespace {

std::int64_t divided(std::int64_t tokens, std::int64_t parts) { return (tokens + parts - 1) / parts; }

template <class Chain>
at::Tensor elementwise(const at::Tensor& x, const Chain& chain) {
  return tokenwise(
      x, [&] { return at::empty_like(x); }, chain);
}

/// The same in the place of x's values.
template <class Chain>
at::Tensor elementwise_in_place(const at::Tensor& x, const Chain& chain) {
  return tokenwise(
      x, [&] { return x; }, chain);
}

/// norm(x)·(1 + scale) + shift in fp32, then in x's type.
at::Tensor modulate(const LayerNorm& norm, const at::Tensor& x, const at::Tensor& one_plus_scale,
                    const at::Tensor& shift) {
  return elementwise(x, [&](const at::Tensor& in, std::int64_t) {
    at::Tensor n = norm(in);
    return at::addcmul_out(n, shift, n, one_plus_scale);
  });
}

/// x += y·gate in fp32.
void add_gated_(const at::Tensor& x, const at::Tensor& y, const at::Tensor& gate) {
  if (x.scalar_type() == at::kFloat) {
    x.addcmul_(y, gate);
    return;
  }
  in_slices(x.size(1), elementwise_tokens(x), [&](std::int64_t first, std::int64_t count) {
    const at::Tensor here = tokens_of(x, first, count);
    here.copy_(here.to(at::kFloat).addcmul_(tokens_of(y, first, count).to(at::kFloat), gate));
  });
}

/// rope(norm(y)) of every head; the first token of y is token `start` of the clip.
at::Tensor normalized_and_rotated(const RmsNorm& norm, const Rope& rope, int heads, at::Tensor y,
                                  std::int64_t start) {
  return elementwise_in_place(y, [&](const at::Tensor& in, std::int64_t first) {
    const at::Tensor n = norm(in).to(at::kFloat);
    rope.rotate(n.unflatten(-1, {heads, -1}), start + first);
    return n;
  });
}

}  // namespace

/// fp32 [B, 1, d] each.
struct TransformerBlock::Modulation {
  at::Tensor shift_sa, scale_sa, gate_sa, shift_ff, scale_ff, gate_ff;

  Modulation(const at::Tensor& table, const at::Tensor& modulation) {
    const auto m = (table + modulation.to(at::kFloat)).split(1, 1);
    shift_sa = m[0], scale_sa = m[1] + 1, gate_sa = m[2];
    shift_ff = m[3], scale_ff = m[4] + 1, gate_ff = m[5];
  }
};

void TransformerBlock::apply(at::Tensor& x, const at::Tensor& modulation, const Rope& rope,
                             const TextKeyValue& text, int chunks) const {
  const Modulation m(scale_shift_table_, modulation);
  apply_self_attention(x, m, rope, chunks);
  apply_cross_attention(x, text, chunks);
  apply_feed_forward(x, m, chunks);
}

void TransformerBlock::apply_self_attention(at::Tensor& x, const Modulation& m, const Rope& rope,
                                            int chunks) const {
  const MemoryScope scope("self_attention");
  const std::int64_t length = x.size(1), size = divided(length, chunks);
  const auto modulated = [&](std::int64_t first, std::int64_t count) {
    return modulate(norm_, tokens_of(x, first, count), m.scale_sa, m.shift_sa);
  };
  const auto rotated = [&](const RmsNorm& norm, at::Tensor y, std::int64_t first) {
    return normalized_and_rotated(norm, rope, attn1_.heads, std::move(y), first);
  };
  at::Tensor n, k, v;
  if (chunks == 1) {
    n = modulated(0, length);
    k = rotated(attn1_.norm_k, attn1_.k(n), 0), v = attn1_.v(n);
  } else {
    k = at::empty_like(x), v = at::empty_like(x);
    in_slices(length, size, [&](std::int64_t first, std::int64_t count) {
      const at::Tensor here = modulated(first, count);
      tokens_of(k, first, count).copy_(rotated(attn1_.norm_k, attn1_.k(here), first));
      tokens_of(v, first, count).copy_(attn1_.v(here));
    });
  }
  k = attn1_.split_heads(k), v = attn1_.split_heads(v);
  in_slices(length, size, [&](std::int64_t first, std::int64_t count) {
    if (chunks > 1) n = modulated(first, count);
    at::Tensor mixed = attn1_.q(std::exchange(n, {}));
    mixed = attn1_.split_heads(rotated(attn1_.norm_q, std::move(mixed), first));
    mixed = attention(mixed, k, v);
    add_gated_(tokens_of(x, first, count), attn1_.out(mixed), m.gate_sa);
  });
}

void TransformerBlock::apply_cross_attention(at::Tensor& x, const TextKeyValue& text, int chunks) const {
  const MemoryScope scope("cross_attention");
  const auto norm2 = [this](const at::Tensor& in, std::int64_t) { return (*norm2_)(in); };
  const auto norm_q = [this](const at::Tensor& in, std::int64_t) { return attn2_.norm_q(in); };
  in_slices(x.size(1), divided(x.size(1), chunks), [&](std::int64_t first, std::int64_t count) {
    const at::Tensor here = tokens_of(x, first, count);
    at::Tensor mixed = attn2_.q(norm2_ ? elementwise(here, norm2) : here);
    mixed = elementwise_in_place(mixed, norm_q);
    mixed = attention(attn2_.split_heads(mixed), text.key, text.value, text.bias);
    here.add_(attn2_.out(mixed));
  });
}

void TransformerBlock::apply_feed_forward(at::Tensor& x, const Modulation& m, int chunks) const {
  const MemoryScope scope("feed_forward");
  // In so many more slices that it takes no more than self-attention does.
  const std::int64_t width = x.size(2), inside = width + ffn_in_.outputs();
  const std::int64_t size = divided(x.size(1), chunks * divided(inside, 4 * width));
  in_slices(x.size(1), size, [&](std::int64_t first, std::int64_t count) {
    const at::Tensor here = tokens_of(x, first, count);
    at::Tensor h = ffn_in_(modulate(norm_, here, m.scale_ff, m.shift_ff));
    gelu_tanh_(h);
    h = ffn_out_(h);
    add_gated_(here, h, m.gate_ff);
  });
}

}  // namespace clipmill
