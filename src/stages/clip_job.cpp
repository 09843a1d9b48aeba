#include "stages/clip_job.h"

#include <fmt/ranges.h>

#include "checkpoint/safetensors_writer.h"
#include "core/memory_ladder.h"
#include "media/still.h"
#include "model/tensor_io.h"
#include "stages/delivery.h"
#include "stages/job_failure.h"
#include "stages/pixels.h"
#include "stages/thread_scope.h"
#include "vram/memory_scope.h"

namespace clipmill {
namespace {

/// The decoded frames as one tensor [T,H,W,3], written as they come.
class FrameTensor {
 public:
  explicit FrameTensor(const JobSpec& job)
      : writer_(std::filesystem::path(job.save_tensors) / "frames.safetensors",
                {{"frames", DType::kU8, {job.clip.frames, job.clip.height, job.clip.width, 3}, 0, 0}}) {}

  void add(const at::Tensor& bytes) {
    writer_.write({static_cast<const std::byte*>(bytes.const_data_ptr()), bytes.nbytes()});
  }
  void commit() { writer_.commit(); }

 private:
  SafetensorsWriter writer_;
};

/// A checkpoint that computes NaN would otherwise give a black clip and call it done.
void check_finite(const at::Tensor& values, std::string_view what) {
  if (at::isfinite(values.sum()).item<bool>()) return;  // without a copy of them
  throw input_error(
      "{} hold NaN or infinity: the checkpoint, the initial latents or the precision does not work", what);
}

}  // namespace

void ClipJob::finish(Stage stage, const StageTimer& timer, double waited) {
  timer.finish(plan_, waited);
  memory_.add(stage, timer, plan_);
}

/// What `run` gives, under the first plan, from the one at hand down, that fits.
template <typename Run>
std::invoke_result_t<Run> ClipJob::fitting(Stage stage, Run run) {
  while (true) {
    try {
      return run();
    } catch (const c10::OutOfMemoryError& error) {
      if (!release_idle_ || !release_idle_()) step_down(stage, first_line(error.what_without_backtrace()));
    }
  }
}

void ClipJob::run() {
  if (part_ == Part::kDenoise && state_file_.empty())
    throw Error(ErrorKind::kInternal, "denoising apart from decoding needs a state file");
  const Stage first = part_ == Part::kDecode ? Stage::kDecode : Stage::kEncodeText;
  const at::Tensor latents = finished_latents(fitting(first, [&] { return beginning(); }));
  if (part_ != Part::kDenoise) fitting(Stage::kDecode, [&] { decode_and_deliver(latents); });
  memory_.write(plan_);
  for (const std::string& stale : other_memory_files(job_, part_)) {
    std::error_code ignored;  // the clip is there
    std::filesystem::remove(stale, ignored);
  }
}

/// Called while an out-of-memory is handled; throws it on where no smaller plan is left.
void ClipJob::step_down(Stage stage, const std::string& why) {
  const auto next = smaller(plan_, stage, job_.approximate);
  if (!next) throw;
  report_(PlanChanged{stage, plan_, *next, why});
  plan_ = *next;
  model_.adopt(plan_);
  device_.trim();
}

/// Where the work begins: at what an earlier attempt or part left, or at the noise.
DenoiseState ClipJob::beginning() const {
  if (part_ == Part::kDecode) return finished_state();
  if (!state_file_.empty() && std::filesystem::exists(state_file_)) {
    try {
      DenoiseState saved = saved_state();
      report_(
          Notice{Stage::kDenoise, fmt::format("goes on after step {} of {}", saved.step, job_.clip.steps)});
      return saved;
    } catch (const Error& error) {
      report_(Notice{Stage::kDenoise, fmt::format("starts over: {}", error.what())});
    }
  }
  return {0, noise(), {}, settings_.threads, plan_};
}

/// Throws Error(kInput) where the file is of no use for this job.
DenoiseState ClipJob::saved_state() const {
  DenoiseState state = read_denoise_state(state_file_, fingerprint_of(job_));
  if (state.latents.sizes() == at::IntArrayRef(latent_shape(job_.clip, model_.folder()))) return state;
  throw input_error("{} holds latents of another shape", state_file_);
}

/// Without it there is nothing to decode, which is not the user's fault: Error(kIo), for the clip to be
/// denoised again.
DenoiseState ClipJob::finished_state() const {
  try {
    DenoiseState state = saved_state();
    if (state.step == job_.clip.steps) return state;
    throw input_error("{} is at step {} of {}", state_file_, state.step, job_.clip.steps);
  } catch (const Error& error) {
    throw Error(ErrorKind::kIo, fmt::format("no finished latents: {}", error.what()),
                "denoise the clip again");
  }
}

/// Under the thread count and the plan of its first attempt: a sum's order, and so its last bits, depend on
/// them.
at::Tensor ClipJob::finished_latents(DenoiseState state) {
  if (state.step == job_.clip.steps) return state.latents.to(device_.torch_device(), at::kFloat);
  const ThreadScope threads(state.threads);
  plan_.denoise = state.plan.denoise;
  model_.adopt(plan_);
  const PromptEmbeds embeds = fitting(Stage::kEncodeText, [&] { return encode_text(); });
  const at::Tensor latents = denoise_latents(embeds, state);
  save_state({job_.clip.steps, latents, {}, state.threads, plan_});
  return latents;
}

void ClipJob::save_state(const DenoiseState& state) const {
  if (!state_file_.empty()) save_denoise_state(state_file_, state, fingerprint_of(job_));
}

/// Loading is accounted for apart from the stage that needs it.
void ClipJob::load(bool present, const std::function<void()>& component) {
  stop_.check();
  if (present) return;
  const StageTimer timer(Stage::kLoad, device_, clock_, report_);
  component();
  finish(Stage::kLoad, timer);
}

PromptEmbeds ClipJob::encode_text() {
  const MemoryScope scope("encode_text");
  load(model_.has_text_encoder(), [&] { model_.text_encoder(); });
  const StageTimer timer(Stage::kEncodeText, device_, clock_, report_);
  const PromptEmbeds embeds = encode_prompt(job_.clip, model_);
  finish(Stage::kEncodeText, timer);

  std::vector<std::pair<std::string, at::Tensor>> tensors = {{"prompt_embeds", embeds.prompt.to(at::kFloat)}};
  if (embeds.negative.defined())
    tensors.emplace_back("negative_prompt_embeds", embeds.negative.to(at::kFloat));
  save("prompt_embeds", tensors);
  return embeds;
}

/// A step that does not fit is done again under a smaller plan; those before it stay done.
at::Tensor ClipJob::denoise_latents(const PromptEmbeds& embeds, DenoiseState state) {
  double saved_at = clock_.now();
  const MemoryScope scope("denoise");
  const auto run = [&] {
    load(model_.has_transformer(), [&] { load_next_transformer(job_.clip, state.step, model_); });
    const StageTimer timer(Stage::kDenoise, device_, clock_, report_);
    const auto on_step = [&](const StepView& view) {
      state = view.state();
      const bool last = view.step == job_.clip.steps;  // is saved once its latents were checked
      const bool due = state_is_due(clock_.now() - saved_at, settings_.state_seconds);
      if (!last && (due || stop_.is_set())) {
        save_state(state);
        saved_at = clock_.now();
        stop_.check();
      }
      timer.progress(view.step, job_.clip.steps);
      if (job_.preview_every > 0 && view.step % job_.preview_every == 0) preview(view);
    };
    state.plan = plan_;
    const DenoiseState start = state;
    const at::Tensor latents = denoise(job_.clip, embeds, start, model_, device_.torch_device(), on_step);
    finish(Stage::kDenoise, timer);
    return latents;
  };
  const at::Tensor latents = fitting(Stage::kDenoise, run);
  check_finite(latents, "the denoised latents");
  save("latents", {{"latents", latents}});
  return latents;
}

void ClipJob::decode_and_deliver(const at::Tensor& latents) {
  const MemoryScope scope("decode");
  load(model_.has_vae(), [&] { model_.vae(); });
  const StageTimer timer(Stage::kDecode, device_, clock_, report_);
  Delivery delivery(job_, settings_.threads, clock_, report_);
  std::optional<FrameTensor> saved;
  if (!job_.save_tensors.empty()) saved.emplace(job_);
  int chunk = 0;
  const auto deliver = [&](const at::Tensor& frames) {
    stop_.check();
    check_finite(frames, "the decoded frames");
    const MemoryScope data(MemoryCategory::kData, "frames");
    const at::Tensor bytes = to_bytes(frames);
    if (saved) saved->add(bytes);
    for (std::int64_t i = 0; i < bytes.size(0); ++i) delivery.push(frame_at(bytes, i));
    timer.progress(++chunk, static_cast<int>(latents.size(2)));
  };
  model_.vae().decode(latents, deliver, plan_.decode);
  finish(Stage::kDecode, timer, delivery.waited());
  model_.done_with_vae();
  if (saved) saved->commit();
  stop_.check();
  delivery.finish();
}

at::Tensor ClipJob::noise() const {
  const MemoryScope data(MemoryCategory::kData, "noise");
  if (job_.init_latents.empty()) return initial_noise(job_.clip, model_.folder());
  const at::Tensor latents = load_tensor(job_.init_latents, "latents");
  const auto expected = latent_shape(job_.clip, model_.folder());
  if (latents.sizes() != at::IntArrayRef(expected)) {
    throw input_error("{}: latents has shape [{}], but this clip needs [{}]", job_.init_latents,
                      fmt::join(latents.sizes(), ","), fmt::join(expected, ","));
  }
  if (latents.scalar_type() != at::kFloat)
    throw input_error("{}: latents must be fp32, not {}", job_.init_latents,
                      c10::toString(latents.scalar_type()));
  return latents;
}

/// The first frame of what the clip would be if it ended here. No plan reckons with it: it takes the memory
/// that is left, or there is none.
void ClipJob::preview(const StepView& view) {
  const std::string path = job_.output + ".preview.png";
  const auto write = [&](const at::Tensor& pixels) { write_png(path, frame_at(to_bytes(pixels), 0)); };
  try {
    model_.vae().decode(view.clean_estimate().narrow(2, 0, 1), write, plan_.decode);
    report_(PreviewWritten{path, view.step});
  } catch (const c10::OutOfMemoryError&) {
    report_(Notice{Stage::kDenoise, "no preview: there is no memory for it beside denoising"});
  }
  model_.done_with_vae();
}

void ClipJob::save(const std::string& name,
                   const std::vector<std::pair<std::string, at::Tensor>>& tensors) const {
  if (!job_.save_tensors.empty())
    save_tensors(std::filesystem::path(job_.save_tensors) / (name + ".safetensors"), tensors);
}

}  // namespace clipmill
