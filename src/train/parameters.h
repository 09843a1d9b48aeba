// The parameters of one component while it is trained: leaves of the autograd graph, by their names in a
// checkpoint.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "checkpoint/layout.h"
#include "model/weights.h"

namespace clipmill {

/// Fills a new parameter, drawing from `generator`.
using Initializer =
    std::function<void(const std::string& name, at::Tensor& parameter, at::Generator& generator)>;

/// Modules made from it hold the parameters themselves, so that an optimiser's steps are seen by them at
/// once.
class Parameters : public WeightStore {
 public:
  using Named = std::vector<std::pair<std::string, at::Tensor>>;

  Parameters() = default;
  /// These tensors, without gradients: an average of others, say.
  explicit Parameters(Named tensors);

  /// New fp32 parameters, called `prefix` + their name in `layout`.
  void add_new(const std::string& prefix, const std::vector<TensorSpec>& layout,
               const Initializer& initialize, std::uint64_t seed, at::Device device);
  /// Those of a checkpoint, in fp32.
  void add_copies(const std::string& prefix, const std::vector<TensorSpec>& layout,
                  const TensorSource& source, at::Device device);

  at::Tensor tensor(const std::string& name) const override;
  bool has(const std::string& name) const override { return index_.contains(name); }

  const Named& named() const { return named_; }
  std::vector<at::Tensor> tensors() const;
  /// Of those whose name begins with `prefix`, without it.
  Named below(const std::string& prefix) const;
  std::int64_t count() const;

 private:
  void add(std::string name, at::Tensor tensor);

  Named named_;
  std::map<std::string, std::size_t> index_;
};

}  // namespace clipmill
