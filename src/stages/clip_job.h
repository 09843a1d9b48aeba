// One clip, all stages or a part of them: encode_text → denoise → decode → render → encode_video. Between
// denoise and decode stands the state file, if there is one.
#pragma once

#include <functional>
#include <type_traits>

#include "stages/clip_memory.h"
#include "stages/denoise.h"
#include "stages/work.h"

namespace clipmill {

class ClipJob {
 public:
  ClipJob(const JobSpec& job, ResidentModel& model, const WorkContext& work)
      : job_(job),
        model_(model),
        device_(work.device),
        settings_(work.settings),
        clock_(work.clock),
        report_(work.report),
        stop_(work.stop),
        part_(work.part),
        state_file_(work.state_file),
        release_idle_(work.release_idle),
        plan_(work.plan),
        memory_(memory_usage_file(job, work.part), work.device, work.clock, work.settings.process_before,
                work.alone) {}

  /// The clip (of Part::kDenoise: the state file with its last step) lies under its final name when this
  /// returns. Throws Error, or what torch throws.
  void run();

 private:
  template <typename Run>
  std::invoke_result_t<Run> fitting(Stage stage, Run run);
  void step_down(Stage stage, const std::string& why);
  void finish(Stage stage, const StageTimer& timer, double waited = 0);
  void load(bool present, const std::function<void()>& component);
  DenoiseState beginning() const;
  DenoiseState saved_state() const;
  DenoiseState finished_state() const;
  at::Tensor finished_latents(DenoiseState state);
  PromptEmbeds encode_text();
  at::Tensor denoise_latents(const PromptEmbeds& embeds, DenoiseState state);
  void save_state(const DenoiseState& state) const;
  void decode_and_deliver(const at::Tensor& latents);
  at::Tensor noise() const;
  void preview(const StepView& view);
  void save(const std::string& name, const std::vector<std::pair<std::string, at::Tensor>>& tensors) const;

  const JobSpec& job_;
  ResidentModel& model_;
  Device& device_;
  const WorkerSettings& settings_;
  const Clock& clock_;
  const Report& report_;
  const StopFlag& stop_;
  const Part part_;
  const std::string& state_file_;
  const std::function<bool()>& release_idle_;
  MemoryPlan plan_;
  ClipMemory memory_;
};

}  // namespace clipmill
