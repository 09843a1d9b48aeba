#include "model/transformer_block.h"

#include "model/gelu.h"
#include "vram/activation_checkpoint.h"

namespace clipmill {
namespace {

/// chain(x), of operations in fp32. On half tensors it keeps its inputs only and is computed again in the
/// backward pass: the fp32 tensors in between would take more memory than mixed precision saves elsewhere.
at::Tensor lean(const Layer& chain, const at::Tensor& x) {
  return x.scalar_type() == at::kFloat ? chain(x) : checkpoint(chain, x, {.rng = false});
}
Tensors lean(const Segment& chain, const Tensors& inputs) {
  return inputs[0].scalar_type() == at::kFloat ? chain(inputs) : checkpoint(chain, inputs, {.rng = false});
}

/// norm(x)·(1 + scale) + shift in fp32, then in x's type.
at::Tensor modulated(const LayerNorm& norm, const at::Tensor& x, const at::Tensor& scale,
                     const at::Tensor& shift) {
  const Layer chain = [=](const at::Tensor& in) {
    return at::addcmul(shift, norm(in), 1 + scale).to(in.scalar_type());
  };
  return lean(chain, x);
}

/// x + y·gate in fp32, then in x's type.
at::Tensor add_gated(const at::Tensor& x, const at::Tensor& y, const at::Tensor& gate) {
  const Segment chain = [=](const Tensors& in) {
    return Tensors{at::addcmul(in[0].to(at::kFloat), in[1].to(at::kFloat), gate).to(in[0].scalar_type())};
  };
  return lean(chain, {x, y})[0];
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

  at::Tensor x = add_gated(input, self_attention(modulated(norm_, input, scale_sa, shift_sa), rope), gate_sa);
  x = x + cross_attention(x, text);
  return add_gated(x, feed_forward(modulated(norm_, x, scale_ff, shift_ff)), gate_ff);
}

at::Tensor TransformerBlock::self_attention(const at::Tensor& n, const Rope& rope) const {
  const auto rotated = [&](const RmsNorm& norm, const at::Tensor& x) {
    const Layer chain = [norm, rope, heads = attn1_.heads](const at::Tensor& in) {
      return rope(norm(in).unflatten(-1, {heads, -1}));
    };
    return lean(chain, x);
  };
  const auto q = rotated(attn1_.norm_q, attn1_.q(n)), k = rotated(attn1_.norm_k, attn1_.k(n));
  return attn1_.out(attention(q, k, attn1_.split_heads(attn1_.v(n))));
}

at::Tensor TransformerBlock::cross_attention(const at::Tensor& x, const TextKeyValue& text) const {
  const auto norm2 = [this](const at::Tensor& in) { return (*norm2_)(in).to(in.scalar_type()); };
  const at::Tensor n = norm2_ ? lean(Layer(norm2), x) : x;
  const at::Tensor q = lean(Layer(attn2_.norm_q), attn2_.q(n));
  return attn2_.out(attention(attn2_.split_heads(q), text.key, text.value, text.bias));
}

at::Tensor TransformerBlock::feed_forward(const at::Tensor& n) const {
  return ffn_out_(gelu_tanh(ffn_in_(n)));
}

}  // namespace clipmill
