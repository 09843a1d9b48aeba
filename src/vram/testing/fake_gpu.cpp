#include "vram/testing/fake_gpu.h"

#include <ATen/EmptyTensor.h>
#include <ATen/detail/PrivateUse1HooksInterface.h>
#include <ATen/native/CPUFallback.h>
#include <ATen/ops/_reshape_alias_native.h>
#include <ATen/ops/as_strided_native.h>
#include <ATen/ops/resize_native.h>
#include <ATen/ops/view_as_complex_native.h>
#include <ATen/ops/view_as_real_native.h>
#include <ATen/ops/view_native.h>
#include <c10/core/impl/DeviceGuardImplInterface.h>
#include <torch/library.h>

#include <algorithm>
#include <array>

#include "vram/testing/fake_gpu_memory.h"

namespace clipmill::test {
namespace {

using at::IntArrayRef;
using at::Tensor;
using std::optional;

const at::Device kDevice(at::kPrivateUse1, 0);
constexpr at::DispatchKeySet kKeys(at::DispatchKey::PrivateUse1);

c10::Allocator* memory() { return &FakeGpuMemory::instance(); }

/// The same bytes, as the CPU's kernels take them.
Tensor host_view(const Tensor& t) {
  Tensor view =
      at::from_blob(t.mutable_data_ptr(), t.sizes(), t.strides(), at::TensorOptions(t.scalar_type()));
  if (t.is_conj()) view = at::_conj(view);
  return t.is_neg() ? at::_neg_view(view) : view;
}

Tensor empty(IntArrayRef size, optional<at::ScalarType> type, optional<at::Layout>, optional<at::Device>,
             optional<bool>, optional<at::MemoryFormat> format) {
  return at::detail::empty_generic(size, memory(), kKeys, type.value_or(at::kFloat), format);
}

Tensor empty_strided(IntArrayRef size, IntArrayRef stride, optional<at::ScalarType> type,
                     optional<at::Layout>, optional<at::Device>, optional<bool>) {
  return at::detail::empty_strided_generic(size, stride, memory(), kKeys, type.value_or(at::kFloat));
}

Tensor copy_from(const Tensor& source, const Tensor& target, bool /*non_blocking*/) {
  host_view(target).copy_(host_view(source));
  return target;
}

Tensor copy_from_and_resize(const Tensor& source, const Tensor& target) {
  target.resize_(source.sizes());
  return copy_from(source, target, false);
}

Tensor on_device(const Tensor& t) { return t.defined() ? t.to(kDevice) : t; }

void refuse_host(const Tensor& t, const char* what) {
  TORCH_CHECK(!t.defined() || !t.is_cpu(), "Expected all tensors to be on the same device: ", what,
              " is on the CPU");
}

// Convolutions have no kernel that a fallback could stand for: torch asks an accelerator for its own.
Tensor convolution(const Tensor& x, const Tensor& weight, const optional<Tensor>& bias, IntArrayRef stride,
                   IntArrayRef padding, IntArrayRef dilation, bool transposed, IntArrayRef output_padding,
                   std::int64_t groups) {
  refuse_host(x, "input"), refuse_host(weight, "weight"), refuse_host(bias.value_or(Tensor()), "bias");
  const bool biased = bias && bias->defined();
  return on_device(at::convolution(host_view(x), host_view(weight),
                                   biased ? optional(host_view(*bias)) : std::nullopt, stride, padding,
                                   dilation, transposed, output_padding, groups));
}

std::tuple<Tensor, Tensor, Tensor> convolution_backward(const Tensor& gradient, const Tensor& x,
                                                        const Tensor& weight, IntArrayRef stride,
                                                        IntArrayRef padding, IntArrayRef dilation,
                                                        bool transposed, IntArrayRef output_padding,
                                                        std::int64_t groups, std::array<bool, 3> wanted) {
  refuse_host(gradient, "gradient"), refuse_host(x, "input"), refuse_host(weight, "weight");
  const auto [of_x, of_weight, of_bias] = at::convolution_backward(
      host_view(gradient), host_view(x), host_view(weight), IntArrayRef({gradient.size(1)}), stride, padding,
      dilation, transposed, output_padding, groups, wanted);
  return {on_device(of_x), on_device(of_weight), on_device(of_bias)};
}

/// Whether CUDA takes a tensor of the CPU here: as an index, or a single number in an elementwise operation.
/// The latter come as their out variants, with the devices of everything else checked.
bool takes_host(const c10::OperatorHandle& op, const c10::Argument& argument, const Tensor& t) {
  const std::string& name = op.schema().name();
  if (argument.name() == "indices" && name.starts_with("aten::index")) return true;
  if (t.dim() > 0) return false;
  constexpr std::array<std::string_view, 3> kOthers = {"aten::where", "aten::fill_", "aten::masked_fill_"};
  return op.schema().overload_name().ends_with("out") || std::ranges::find(kOthers, name) != kOthers.end();
}

std::vector<Tensor> tensors_in(const c10::IValue& value) {
  if (value.isTensor()) return {value.toTensor()};
  if (value.isTensorList()) return value.toTensorVector();
  std::vector<Tensor> tensors;
  if (value.isOptionalTensorList()) {
    for (const optional<Tensor> each : value.toOptionalTensorList())
      tensors.push_back(each.value_or(Tensor()));
  }
  return tensors;
}

void refuse_host(const c10::OperatorHandle& op, const c10::Argument& argument, const c10::IValue& value) {
  for (const Tensor& tensor : tensors_in(value)) {
    TORCH_CHECK(!tensor.defined() || !tensor.is_cpu() || takes_host(op, argument, tensor),
                "Expected all tensors to be on the same device: ", argument.name(), " of ",
                op.schema().name(), " is on the CPU");
  }
  TORCH_CHECK(!value.isGenerator(), op.schema().name(), ": a generator of the CPU");
}

void compute(const c10::OperatorHandle& op, torch::jit::Stack* stack) {
  const auto& arguments = op.schema().arguments();
  const auto values = torch::jit::last(*stack, arguments.size());
  for (std::size_t i = 0; i < arguments.size(); ++i) refuse_host(op, arguments[i], values[i]);
  at::native::cpu_fallback(op, stack, /*error_on_views=*/true);
}

TORCH_LIBRARY_IMPL(_, PrivateUse1, m) { m.fallback(torch::CppFunction::makeFromBoxedFunction<&compute>()); }

TORCH_LIBRARY_IMPL(aten, PrivateUse1, m) {
  m.impl("empty.memory_format", &empty);
  m.impl("empty_strided", &empty_strided);
  m.impl("_copy_from", &copy_from);
  m.impl("_copy_from_and_resize", &copy_from_and_resize);
  m.impl("convolution_overrideable", &convolution);
  m.impl("convolution_backward_overrideable", &convolution_backward);
  m.impl("as_strided", &at::native::as_strided_tensorimpl);
  m.impl("view", &at::native::view);
  m.impl("_reshape_alias", &at::native::_reshape_alias);
  m.impl("view_as_real", &at::native::view_as_real);
  m.impl("view_as_complex", &at::native::view_as_complex);
  m.impl("resize_", &at::native::resize_);
}

// A copy reads lazy conjugates and negatives as they are: resolving them first would take a copy.
TORCH_LIBRARY_IMPL(aten, Conjugate, m) { m.impl("_copy_from", torch::CppFunction::makeFallthrough()); }
TORCH_LIBRARY_IMPL(aten, Negative, m) { m.impl("_copy_from", torch::CppFunction::makeFallthrough()); }

/// What torch asks about an accelerator that is registered.
struct Hooks : at::PrivateUse1HooksInterface {
  bool isBuilt() const override { return true; }
  bool isAvailable() const override { return true; }
  bool hasPrimaryContext(c10::DeviceIndex) const override { return true; }
};

/// Made the process's accelerator once.
void register_backend() {
  static Hooks hooks;
  static const bool once = [] {
    at::RegisterPrivateUse1HooksInterface(&hooks);
    c10::register_privateuse1_backend("fake_gpu");
    return true;
  }();
  (void)once;
}

/// One device of one stream; autograd finds its queue by the stream's device.
struct Guard : c10::impl::NoOpDeviceGuardImpl<at::kPrivateUse1> {
  at::Device getDevice() const override { return kDevice; }
  at::Device exchangeDevice(at::Device) const override { return kDevice; }
  c10::Stream getStream(at::Device) const noexcept override {
    return c10::Stream(c10::Stream::DEFAULT, kDevice);
  }
  c10::Stream exchangeStream(c10::Stream) const noexcept override { return getStream(kDevice); }
};

C10_REGISTER_GUARD_IMPL(PrivateUse1, Guard);
[[maybe_unused]] const bool kRegistered = (c10::SetAllocator(at::kPrivateUse1, memory()), true);

}  // namespace

FakeGpu::FakeGpu() { register_backend(); }
DeviceMemory FakeGpu::memory() const { return FakeGpuMemory::instance().ledger().memory(); }
Ledger& FakeGpu::ledger() { return FakeGpuMemory::instance().ledger(); }
ReservedMemory FakeGpu::reserved() const { return {memory().current, memory().current, {}, {}}; }
void FakeGpu::reset_peak() { ledger().reset_peak(); }
void FakeGpu::limit(std::int64_t bytes) { ledger().set_limit(bytes); }

}  // namespace clipmill::test
