#include "clipmill/check_cache.h"

#include <filesystem>
#include <nlohmann/json.hpp>

#include "base/atomic_file.h"
#include "checkpoint/model_folder.h"
#include "clipmill/input_stamps.h"
#include "core/job_fields.h"
#include "media/clip_render.h"

namespace clipmill {
namespace {

/// Labels are clients' words: they may be many.
constexpr std::size_t kMostRenders = 1'000;

/// What clipmill trained tells it (training.json); other checkpoints keep the defaults, which are those of
/// the published ones.
TrainedShape trained_shape(const std::filesystem::path& model) {
  const std::filesystem::path file = model / "training.json";
  if (!std::filesystem::exists(file)) return {};
  const auto training = nlohmann::json::parse(read_file(file), nullptr, false);
  const auto bucket = nlohmann::json::json_pointer("/recipe/data/buckets/0");
  if (!training.is_object() || !training.contains(bucket)) return {};
  TrainedShape shape;
  const nlohmann::json& first = training[bucket];
  if (const auto size = first.find("size"); size != first.end() && size->is_string()) shape.size = *size;
  if (const auto frames = first.find("frames"); frames != first.end() && frames->is_number_integer())
    shape.frames = *frames;
  return shape;
}

}  // namespace

CheckCache::Known CheckCache::known(const std::string& model) {
  const std::string look = look_of(model);
  const std::lock_guard lock(mutex_);
  const auto found = models_.find(model);
  if (found != models_.end() && found->second.look == look) return found->second;
  Known fresh{look, limits_of(ModelFolder::open(model)), trained_shape(model)};
  models_.insert_or_assign(model, fresh);
  return fresh;
}

ModelLimits CheckCache::limits(const std::string& model) { return known(model).limits; }

void CheckCache::shape(JobSpec& job) {
  const TrainedShape shape = known(job.model).shape;
  if (!shape.size.empty()) find_job_field("size")->set(job, shape.size);
  if (shape.frames) find_job_field("frames")->set(job, *shape.frames);
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
