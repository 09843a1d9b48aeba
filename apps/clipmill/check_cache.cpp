#include "clipmill/check_cache.h"

#include "checkpoint/model_folder.h"
#include "clipmill/input_stamps.h"
#include "media/clip_render.h"

namespace clipmill {
namespace {

/// Labels are clients' words: they may be many.
constexpr std::size_t kMostRenders = 1'000;

}  // namespace

ModelLimits CheckCache::limits(const std::string& model) {
  const std::string look = look_of(model);
  const std::lock_guard lock(mutex_);
  const auto found = models_.find(model);
  if (found != models_.end() && found->second.look == look) return found->second.limits;
  const ModelLimits limits = limits_of(ModelFolder::open(model));
  models_.insert_or_assign(model, Known{look, limits});
  return limits;
}

void CheckCache::check_render(const ClipSpec& clip) {
  const Render render{clip.width,         clip.height, clip.output_width,
                      clip.output_height, clip.label,  clip.filter};
  {
    const std::lock_guard lock(mutex_);
    if (renders_.contains(render)) return;
  }
  const RenderGraph probe(render_options(clip));
  const std::lock_guard lock(mutex_);
  if (renders_.size() >= kMostRenders) renders_.clear();
  renders_.insert(render);
}

}  // namespace clipmill
