// TransformerBlock::apply: in place and in slices of the tokens, so that nothing outlives its last use.
#include "model/gelu.h"
#include "model/slices.h"
#include "model/transformer_block.h"

namespace clipmill {
namespace {

std::int64_t tokens_of(const at::Tensor& x) { return x.size(1); }

at::Tensor part(const at::Tensor& x, std::int64_t first, std::int64_t count) {
  return x.narrow(1, first, count);
}

std::int64_t divided(std::int64_t tokens, std::int64_t parts) { return (tokens + parts - 1) / parts; }

/// result = chain(x, first token), a few tokens at a time; result may be x itself.
template <class Chain>
void elementwise(const at::Tensor& x, const at::Tensor& result, const Chain& chain) {
  in_slices(tokens_of(x), elementwise_tokens(x), [&](std::int64_t first, std::int64_t count) {
    part(result, first, count).copy_(chain(part(x, first, count), first));
  });
}

/// norm(x)·(1 + scale) + shift in fp32, then in x's type.
at::Tensor modulate(const LayerNorm& norm, const at::Tensor& x, const at::Tensor& one_plus_scale,
                    const at::Tensor& shift) {
  at::Tensor result = at::empty_like(x);
  elementwise(x, result, [&](const at::Tensor& in, std::int64_t) {
    at::Tensor n = norm(in);
    return at::addcmul_out(n, shift, n, one_plus_scale);
  });
  return result;
}

/// x += y·gate in fp32.
void add_gated_(at::Tensor x, const at::Tensor& y, const at::Tensor& gate) {
  if (x.scalar_type() == at::kFloat) {
    x.addcmul_(y, gate);
    return;
  }
  elementwise(x, x, [&](const at::Tensor& in, std::int64_t first) {
    return in.to(at::kFloat).addcmul_(part(y, first, tokens_of(in)).to(at::kFloat), gate);
  });
}

/// result = norm(x).
template <class Norm>
at::Tensor normalized(const Norm& norm, const at::Tensor& x, const at::Tensor& result) {
  elementwise(x, result, [&](const at::Tensor& in, std::int64_t) { return norm(in); });
  return result;
}

/// y = rope(norm(y)) of every head; the first token of y is token `start` of the clip.
void normalize_and_rotate(const RmsNorm& norm, const Rope& rope, int heads, const at::Tensor& y,
                          std::int64_t start) {
  elementwise(y, y, [&](const at::Tensor& in, std::int64_t first) {
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
  const std::int64_t length = tokens_of(x), size = divided(length, chunks);
  const auto query = [&](const at::Tensor& n, std::int64_t first) {
    const at::Tensor q = attn1_.q(n);
    normalize_and_rotate(attn1_.norm_q, rope, attn1_.heads, q, first);
    return attn1_.split_heads(q);
  };
  at::Tensor n, k = at::empty_like(x), v = at::empty_like(x);
  in_slices(length, size, [&](std::int64_t first, std::int64_t count) {
    n = modulate(norm_, part(x, first, count), m.scale_sa, m.shift_sa);
    part(k, first, count).copy_(attn1_.k(n));
    normalize_and_rotate(attn1_.norm_k, rope, attn1_.heads, part(k, first, count), first);
    part(v, first, count).copy_(attn1_.v(n));
  });
  k = attn1_.split_heads(k), v = attn1_.split_heads(v);
  in_slices(length, size, [&](std::int64_t first, std::int64_t count) {
    if (chunks > 1) n = modulate(norm_, part(x, first, count), m.scale_sa, m.shift_sa);
    at::Tensor mixed = query(std::exchange(n, {}), first);
    mixed = attention(mixed, k, v);
    add_gated_(part(x, first, count), attn1_.out(mixed), m.gate_sa);
  });
}

void TransformerBlock::apply_cross_attention(at::Tensor& x, const TextKeyValue& text, int chunks) const {
  in_slices(tokens_of(x), divided(tokens_of(x), chunks), [&](std::int64_t first, std::int64_t count) {
    const at::Tensor here = part(x, first, count);
    at::Tensor mixed = attn2_.q(norm2_ ? normalized(*norm2_, here, at::empty_like(here)) : here);
    normalized(attn2_.norm_q, mixed, mixed);
    mixed = attention(attn2_.split_heads(mixed), text.key, text.value, text.bias);
    here.add_(attn2_.out(mixed));
  });
}

void TransformerBlock::apply_feed_forward(at::Tensor& x, const Modulation& m, int chunks) const {
  // In so many more slices that it takes no more than self-attention does.
  const std::int64_t width = x.size(2), inside = width + ffn_in_.weight.size(0);
  const std::int64_t size = divided(tokens_of(x), chunks * divided(inside, 4 * width));
  in_slices(tokens_of(x), size, [&](std::int64_t first, std::int64_t count) {
    const at::Tensor here = part(x, first, count);
    at::Tensor h = ffn_in_(modulate(norm_, here, m.scale_ff, m.shift_ff));
    gelu_tanh_(h);
    h = ffn_out_(h);
    add_gated_(here, h, m.gate_ff);
  });
}

}  // namespace clipmill
