#include "model/transformer_block.h"

namespace clipmill {
namespace {

/// n·(1 + scale) + shift in fp32, then in x's type.
at::Tensor modulate(const at::Tensor& n, const at::Tensor& scale, const at::Tensor& shift,
                    const at::Tensor& x) {
  return at::addcmul(shift, n, 1 + scale).to(x.scalar_type());
}

/// x + y·gate in fp32, then in x's type.
at::Tensor add_gated(const at::Tensor& x, const at::Tensor& y, const at::Tensor& gate) {
  return at::addcmul(x.to(at::kFloat), y.to(at::kFloat), gate).to(x.scalar_type());
}

}  // namespace

TransformerBlock::Attention::Attention(const TransformerConfig& config, const Weights& weights)
    : q(weights["to_q"]),
      k(weights["to_k"]),
      v(weights["to_v"]),
      out(weights["to_out.0"]),
      norm_q{config.eps, weights.tensor("norm_q.weight")},
      norm_k{config.eps, weights.tensor("norm_k.weight")},
      heads(config.num_attention_heads) {}

TransformerBlock::TransformerBlock(const TransformerConfig& config, const Weights& weights)
    : attn1_(config, weights["attn1"]),
      attn2_(config, weights["attn2"]),
      norm_{config.eps, {}, {}},
      ffn_in_(weights["ffn.net.0.proj"]),
      ffn_out_(weights["ffn.net.2"]),
      scale_shift_table_(weights.tensor("scale_shift_table")) {
  if (config.cross_attn_norm)
    norm2_ = {config.eps, weights.tensor("norm2.weight"), weights.tensor("norm2.bias")};
}

TextKeyValue TransformerBlock::text_key_value(const at::Tensor& ctx) const {
  return {attn2_.split_heads(attn2_.norm_k(attn2_.k(ctx))), attn2_.split_heads(attn2_.v(ctx)), {}};
}

at::Tensor TransformerBlock::operator()(const at::Tensor& input, const at::Tensor& modulation,
                                        const Rope& rope, const TextKeyValue& text) const {
  const auto m = (scale_shift_table_ + modulation.to(at::kFloat)).split(1, 1);
  const auto &shift_sa = m[0], &scale_sa = m[1], &gate_sa = m[2], &shift_ff = m[3], &scale_ff = m[4],
             &gate_ff = m[5];

  at::Tensor x =
      add_gated(input, self_attention(modulate(norm_(input), scale_sa, shift_sa, input), rope), gate_sa);
  x = x + cross_attention(norm2_ ? (*norm2_)(x).to(x.scalar_type()) : x, text);
  return add_gated(x, feed_forward(modulate(norm_(x), scale_ff, shift_ff, x)), gate_ff);
}

at::Tensor TransformerBlock::self_attention(const at::Tensor& n, const Rope& rope) const {
  const auto q = rope(attn1_.split_heads(attn1_.norm_q(attn1_.q(n))));
  const auto k = rope(attn1_.split_heads(attn1_.norm_k(attn1_.k(n))));
  return attn1_.out(attention(q, k, attn1_.split_heads(attn1_.v(n))));
}

at::Tensor TransformerBlock::cross_attention(const at::Tensor& n, const TextKeyValue& text) const {
  return attn2_.out(attention(attn2_.split_heads(attn2_.norm_q(attn2_.q(n))), text.key, text.value, text.bias));
}

at::Tensor TransformerBlock::feed_forward(const at::Tensor& n) const {
  return ffn_out_(at::gelu(ffn_in_(n), "tanh"));
}

}  // namespace clipmill
