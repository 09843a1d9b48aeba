#include "clipmill/known_models.h"

#include "checkpoint/model_folder.h"
#include "clipmill/input_stamps.h"

namespace clipmill {

ModelLimits KnownModels::limits(const std::string& model) {
  const std::string look = look_of(model);
  const std::lock_guard lock(mutex_);
  const auto found = known_.find(model);
  if (found != known_.end() && found->second.look == look) return found->second.limits;
  const ModelLimits limits = limits_of(ModelFolder::open(model));
  known_.insert_or_assign(model, Known{look, limits});
  return limits;
}

}  // namespace clipmill
