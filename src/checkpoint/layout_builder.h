// Collects tensor specs under the names that PyTorch modules give their parameters.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "checkpoint/layout.h"

namespace clipmill {

class LayoutBuilder {
 public:
  void add(std::string name, std::vector<std::int64_t> shape) {
    layout_.push_back({std::move(name), std::move(shape)});
  }
  /// <name>.weight of `shape` and <name>.bias of its first side: a linear layer or a convolution.
  void layer(const std::string& name, std::vector<std::int64_t> shape) {
    const std::int64_t out = shape.front();
    add(name + ".weight", std::move(shape));
    add(name + ".bias", {out});
  }
  std::vector<TensorSpec> take() { return std::move(layout_); }

 private:
  std::vector<TensorSpec> layout_;
};

}  // namespace clipmill
