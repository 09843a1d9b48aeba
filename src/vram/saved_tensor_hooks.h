// Where autograd puts the tensors that an operation saves for its backward pass.
#pragma once

#include <memory>

namespace torch::autograd {
struct SavedVariableHooks;
}

namespace clipmill {

/// Decides for each saved tensor what is kept in its place.
class SavedTensorPacker {
 public:
  virtual ~SavedTensorPacker() = default;
  virtual std::unique_ptr<torch::autograd::SavedVariableHooks> hooks() = 0;
};

/// Every tensor that an operation of this thread saves goes through the innermost scope's packer. LibTorch
/// has this for Python callables only; here autograd's engine is replaced by one that differs in nothing but
/// asking the scope (the way Python's own engine does it).
class SavedTensorScope {
 public:
  explicit SavedTensorScope(SavedTensorPacker& packer);
  ~SavedTensorScope();
  SavedTensorScope(const SavedTensorScope&) = delete;
  SavedTensorScope& operator=(const SavedTensorScope&) = delete;

 private:
  SavedTensorPacker* outer_;
};

}  // namespace clipmill
