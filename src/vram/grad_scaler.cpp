#include "vram/grad_scaler.h"

#include <c10/core/GradMode.h>

#include <cmath>
#include <map>
#include <utility>

#include "base/error.h"

namespace clipmill {
namespace {

using Groups = std::map<std::pair<std::string, at::ScalarType>, std::vector<at::Tensor>>;

const GradScalerOptions& checked(const GradScalerOptions& options) {
  if (!(options.growth_factor > 1))
    throw input_error("gradient scale: growth factor {} is not above 1", options.growth_factor);
  if (!(options.backoff_factor > 0 && options.backoff_factor < 1)) {
    throw input_error("gradient scale: backoff factor {} is not between 0 and 1", options.backoff_factor);
  }
  if (options.growth_interval < 1)
    throw input_error("gradient scale: growth interval {} is not positive", options.growth_interval);
  if (!(options.initial_scale > 0) || !std::isfinite(options.initial_scale)) {
    throw input_error("gradient scale: {} is not positive and finite", options.initial_scale);
  }
  return options;
}

Error out_of_order(const char* what) {
  return Error(ErrorKind::kInternal, std::string("gradient scaler: ") + what);
}

/// The foreach kernel takes tensors of one device and one type.
Groups gradients_of(const std::vector<at::Tensor>& parameters) {
  Groups groups;
  for (const at::Tensor& parameter : parameters) {
    const at::Tensor& gradient = parameter.grad();
    if (!gradient.defined()) continue;
    if (gradient.scalar_type() == at::kHalf) {
      throw input_error(
          "fp16 gradients cannot be unscaled: keep the weights to train in fp32, and compute under autocast");
    }
    if (gradient.is_sparse()) throw input_error("sparse gradients cannot be unscaled");
    groups[{gradient.device().str(), gradient.scalar_type()}].push_back(gradient);
  }
  return groups;
}

}  // namespace

GradScaler::GradScaler(const GradScalerOptions& options)
    : options_(checked(options)),
      scale_(at::full({}, options.initial_scale, at::kFloat)),
      growth_tracker_(at::zeros({}, at::kInt)) {}

void GradScaler::move_to(at::Device device) {
  scale_ = scale_.to(device);
  growth_tracker_ = growth_tracker_.to(device);
}

at::Tensor GradScaler::scale(const at::Tensor& loss) {
  if (!options_.enabled) return loss;
  if (optimizers_.empty()) move_to(loss.device());
  return loss * scale_.to(loss.device());
}

at::Tensor& GradScaler::found_inf_on(at::Device device, PerOptimizer& optimizer) {
  for (at::Tensor& found : optimizer.found_inf) {
    if (found.device() == device) return found;
  }
  return optimizer.found_inf.emplace_back(at::zeros({}, at::device(device).dtype(at::kFloat)));
}

void GradScaler::unscale(const std::vector<at::Tensor>& parameters, int optimizer) {
  if (!options_.enabled) return;
  PerOptimizer& of = optimizers_[optimizer];
  if (of.stage == Stage::kUnscaled)
    throw out_of_order("unscale() was called already since the last update()");
  if (of.stage == Stage::kStepped) throw out_of_order("unscale() was called after step()");
  const c10::NoGradGuard no_gradients;
  const at::Tensor inverse =
      scale_.to(at::kDouble).reciprocal().to(at::kFloat);  // 1 / scale in fp32 would round twice
  for (const auto& [key, gradients] : gradients_of(parameters)) {
    const at::Device device = gradients[0].device();
    at::_amp_foreach_non_finite_check_and_unscale_(gradients, found_inf_on(device, of), inverse.to(device));
  }
  of.stage = Stage::kUnscaled;
}

bool GradScaler::step(const std::vector<at::Tensor>& parameters, const std::function<void()>& step,
                      int optimizer) {
  if (!options_.enabled) {
    step();
    return true;
  }
  if (optimizers_[optimizer].stage == Stage::kStepped) {
    throw out_of_order("step() was called already since the last update()");
  }
  if (optimizers_[optimizer].stage == Stage::kReady) unscale(parameters, optimizer);
  PerOptimizer& of = optimizers_[optimizer];
  if (of.found_inf.empty()) throw out_of_order("step() found no gradient: was backward() called?");
  double found = 0;
  for (const at::Tensor& one : of.found_inf) found += one.item<double>();
  if (found == 0) step();
  of.stage = Stage::kStepped;
  return found == 0;
}

at::Tensor GradScaler::found_inf_anywhere() const {
  at::Tensor sum;
  for (const auto& [number, optimizer] : optimizers_) {
    for (const at::Tensor& found : optimizer.found_inf) {
      sum = sum.defined() ? sum + found.to(scale_.device()) : found.to(scale_.device());
    }
  }
  if (!sum.defined()) throw out_of_order("update() was called before any step() or unscale()");
  return sum;
}

void GradScaler::update() {
  if (!options_.enabled) return;
  at::_amp_update_scale_(scale_, growth_tracker_, found_inf_anywhere(), options_.growth_factor,
                         options_.backoff_factor, options_.growth_interval);
  optimizers_.clear();
}

void GradScaler::update(double new_scale) {
  if (!options_.enabled) return;
  scale_.fill_(new_scale);
  optimizers_.clear();
}

double GradScaler::scale() const { return options_.enabled ? scale_.item<double>() : 1; }

GradScalerState GradScaler::state() const {
  return {scale_.item<double>(), growth_tracker_.item<std::int64_t>(), options_};
}

void GradScaler::load(const GradScalerState& state) {
  GradScalerOptions options = state.options;
  options.initial_scale = state.scale;
  checked(options);
  options_ = state.options;
  scale_.fill_(state.scale);
  growth_tracker_.fill_(state.growth_tracker);
  optimizers_.clear();
}

}  // namespace clipmill
