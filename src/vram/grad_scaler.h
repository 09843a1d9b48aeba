// Loss scaling for fp16: gradients too small for half precision are computed scaled up, and steps that
// overflowed are skipped.
#pragma once

#include <ATen/ATen.h>

#include <cstdint>
#include <functional>
#include <map>
#include <vector>

namespace clipmill {

struct GradScalerOptions {
  double initial_scale = 65536;
  double growth_factor = 2;
  double backoff_factor = 0.5;
  std::int64_t growth_interval = 2000;  ///< steps without overflow after which the scale grows
  bool enabled = true;                  ///< false: everything passes unchanged (bf16 needs no scaling)
};

/// What a checkpoint of a training run keeps.
struct GradScalerState {
  double scale = 0;
  std::int64_t growth_tracker = 0;  ///< steps without overflow since the last change
  GradScalerOptions options;
};

/// The semantics of torch.amp.GradScaler (checked against sequences recorded from it). One training step:
///
///     scaler.scale(loss).backward();
///     scaler.unscale(parameters);                    // only if gradients are looked at, as clipping does
///     clip(parameters);
///     scaler.step(parameters, [&] { adam.step(); });
///     scaler.update();
///
/// Several optimizers under one scale: each passes its own number as `optimizer`. Gradients accumulated over
/// several backward passes keep one scale: call update() after the step only. Calls out of order throw
/// Error(kInternal).
class GradScaler {
 public:
  /// Throws Error(kInput) for growth <= 1, a backoff outside (0, 1), or a scale or interval that is not
  /// positive.
  explicit GradScaler(const GradScalerOptions& options = {});

  /// loss · scale, in the loss's type.
  at::Tensor scale(const at::Tensor& loss);
  /// Divides the gradients of `parameters` by the scale, in place, and notes whether one is infinite or NaN.
  /// Once between two updates. Parameters without a gradient are passed over. Throws Error(kInput) for fp16
  /// gradients: weights to train must be fp32.
  void unscale(const std::vector<at::Tensor>& parameters, int optimizer = 0);
  /// Unscales unless that was done, and calls `step` unless a gradient is infinite or NaN. Returns whether it
  /// did.
  bool step(const std::vector<at::Tensor>& parameters, const std::function<void()>& step, int optimizer = 0);
  /// Shrinks the scale after an overflow, grows it after `growth_interval` steps without one.
  void update();
  /// Sets the scale instead.
  void update(double new_scale);

  /// Waits for the device.
  double scale() const;
  GradScalerState state() const;
  bool enabled() const { return options_.enabled; }
  /// Throws as the constructor does.
  void load(const GradScalerState& state);

 private:
  enum class Stage { kReady, kUnscaled, kStepped };
  struct PerOptimizer {
    Stage stage = Stage::kReady;
    std::vector<at::Tensor> found_inf;  // one a device
  };

  void move_to(at::Device device);
  at::Tensor& found_inf_on(at::Device device, PerOptimizer& optimizer);
  at::Tensor found_inf_anywhere() const;

  GradScalerOptions options_;
  at::Tensor scale_;           // fp32 [], on the device of the loss
  at::Tensor growth_tracker_;  // int32 []
  std::map<int, PerOptimizer> optimizers_;
};

}  // namespace clipmill
