// How much of a component's weights is on the device at a time.
#pragma once

#include <algorithm>

namespace clipmill {

/// In values.
struct LayeredWeights {
  double all = 0, layer = 0;
  int layers = 0;
  double largest_whole = 0;  ///< of weights that are kept in 8 bits: the largest as it is read

  /// At the most with `activations` beside them: whole weights are there before these where layers stay, and
  /// at any time where they are streamed.
  double peak(bool streamed, double activations) const {
    return held(streamed) + (streamed ? largest_whole + activations : std::max(largest_whole, activations));
  }

  /// All, or of streamed layers two: one computes while the next one comes.
  double held(bool streamed) const { return streamed ? all - std::max(0, layers - 2) * layer : all; }
  /// While it stays on the device and does not run: of streamed layers none.
  double idle(bool streamed) const { return streamed ? all - layers * layer : all; }
};

}  // namespace clipmill
