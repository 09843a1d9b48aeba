// Random graphs, cut at random into nested segments: gradients must be those of the uncut graph, to the bit.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "vram/activation_checkpoint.h"
#include "vram/autocast.h"

namespace clipmill {
namespace {

constexpr int kTensors = 3, kWeights = 3;

/// state[to] = operation(state[left], state[right], weights[weight])
struct Instruction {
  int operation, left, right, to, weight;
};
using Program = std::vector<Instruction>;

at::Tensor compute(const Instruction& i, const Tensors& state, const Tensors& weights) {
  const at::Tensor &a = state[i.left], &b = state[i.right], &w = weights[i.weight];
  switch (i.operation) {
    case 0:
      return at::linear(a, w);
    case 1:
      return at::gelu(a) + b;
    case 2:
      return a * at::tanh(b);
    case 3:
      return at::dropout(a, 0.3, true);
    case 4:
      return at::softmax(at::matmul(a, b.transpose(0, 1)), -1).matmul(b);
    case 5:
      return at::layer_norm(a, {6}, w[0], w[1]);
    case 6:
      return at::linear(at::linear(a, w), w).sigmoid();  // one weight, used twice
    case 7:
      return a.detach() + b.mean();
    case 8:
      return (a + b).relu_();
    default:
      return at::cat({a.narrow(1, 0, 3), b.narrow(1, 3, 3)}, 1);
  }
}

Tensors run(const Program& program, std::size_t from, std::size_t to, Tensors state, const Tensors& weights) {
  for (std::size_t i = from; i < to; ++i) state[program[i].to] = compute(program[i], state, weights);
  return state;
}

/// Every piece of the program becomes two segments, each made of smaller pieces, `depth` levels down.
Tensors run_cut(const Program& program, std::size_t from, std::size_t to, const Tensors& state,
                const Tensors& weights, int depth) {
  if (depth == 0 || to - from < 2) return run(program, from, to, state, weights);
  const std::size_t middle = from + 1 + program[from].left * (to - from - 2) / kTensors;
  const auto part = [&](std::size_t first, std::size_t last) {
    return [&, first, last, depth](const Tensors& inputs) {
      return run_cut(program, first, last, inputs, weights, depth - 1);
    };
  };
  return checkpoint(part(middle, to), checkpoint(part(from, middle), state));
}

struct Case {
  Program program;
  int depth;
  bool inputs_need_one, half;
  int passes;
};

Tensors gradients(const Case& c, int depth) {
  at::manual_seed(5);
  Tensors weights, state;
  for (int i = 0; i < kWeights; ++i) weights.push_back((at::randn({6, 6}) * 0.4).set_requires_grad(true));
  for (int i = 0; i < kTensors; ++i) state.push_back(at::randn({4, 6}).set_requires_grad(c.inputs_need_one));
  for (int pass = 0; pass < c.passes; ++pass) {
    Tensors out;
    {
      const AutocastGuard autocast(at::kCPU, at::kBFloat16, c.half);
      out = run_cut(c.program, 0, c.program.size(), state, weights, depth);
    }
    at::Tensor loss = (weights[0] * 0).sum();
    for (const at::Tensor& tensor : out) loss = loss + tensor.to(at::kFloat).square().sum();
    loss.backward();
  }
  Tensors result = {at::rand({1})};
  for (const Tensors& leaves : {weights, state}) {
    for (const at::Tensor& leaf : leaves)
      result.push_back(leaf.grad().defined() ? leaf.grad() : at::zeros({1}));
  }
  return result;
}

rc::Gen<Case> any_case() {
  const auto below = [](int n) { return rc::gen::inRange(0, n); };
  const auto instruction = rc::gen::build<Instruction>(
      rc::gen::set(&Instruction::operation, below(10)), rc::gen::set(&Instruction::left, below(kTensors)),
      rc::gen::set(&Instruction::right, below(kTensors)), rc::gen::set(&Instruction::to, below(kTensors)),
      rc::gen::set(&Instruction::weight, below(kWeights)));
  return rc::gen::build<Case>(rc::gen::set(&Case::program, rc::gen::container<Program>(instruction)),
                              rc::gen::set(&Case::depth, rc::gen::inRange(1, 4)),
                              rc::gen::set(&Case::inputs_need_one), rc::gen::set(&Case::half),
                              rc::gen::set(&Case::passes, rc::gen::inRange(1, 3)));
}

}  // namespace

RC_GTEST_PROP(CheckpointProperty, AnyGraphCutAnywhereHasTheSameGradients, ()) {
  const Case c = *any_case();
  const Tensors expected = gradients(c, 0), got = gradients(c, c.depth);
  for (std::size_t i = 0; i < expected.size(); ++i) {
    RC_ASSERT(at::equal(expected[i].view(at::kInt), got[i].view(at::kInt)));
  }
}

}  // namespace clipmill
