// How much of a component's weights is on the device at a time.
#pragma once

#include <algorithm>

namespace clipmill {

/// In values.
struct LayeredWeights {
  double all = 0, layer = 0;
  int layers = 0;
  double largest = 0;  ///< the largest weight, in fp32
  double making =
      0;  ///< most that making one from what is stored takes beside it: of those in 8 bits it whole

  /// At the most with `activations` beside them: weights are made before these where layers stay, and at any
  /// time where they are streamed.
  double peak(bool streamed, double activations) const {
    return held(streamed) + (streamed ? making + activations : std::max(making, activations));
  }

  /// All, or of streamed layers two: one computes while the next one comes.
  double held(bool streamed) const { return streamed ? all - std::max(0, layers - 2) * layer : all; }
  /// While it stays on the device and does not run: of streamed layers none.
  double idle(bool streamed) const { return streamed ? all - layers * layer : all; }
};

}  // namespace clipmill
