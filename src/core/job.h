// What a user asks for: value types without any decision on how or where.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/command_spec.h"
#include "core/lora_choice.h"
#include "core/memory_plan.h"

namespace clipmill {

enum class Precision { kFp32, kBf16, kFp16 };

/// The generated clip and how it is delivered. Defaults are those of the published T2V models.
struct ClipSpec {
  std::string prompt;
  std::string negative_prompt;
  int width = 832;  ///< pixels the model generates; multiples of its grid (usually 16)
  int height = 480;
  int frames = 81;  ///< 4k+1
  double fps = 16;  ///< at which the generated frames play
  int steps = 50;
  double guidance = 5.0;             ///< classifier-free guidance scale; ≤ 1 turns it off
  std::optional<double> guidance_2;  ///< of the low-noise transformer; absent: as `guidance`
  std::optional<double> flow_shift;  ///< absent: the checkpoint's
  int max_text_tokens = 512;
  std::uint64_t seed = 0;
  Precision precision = Precision::kFp32;
  std::string sampler = "auto";  ///< "auto" (the checkpoint's), "unipc", "euler"

  int output_width = 0;  ///< delivered pixels; 0: as generated
  int output_height = 0;
  double output_fps = 0;  ///< delivered frames a second, by repeating or dropping; 0: as `fps`
  std::string label;      ///< visible mark drawn on the picture, "AI-generated" or "AI生成"; empty: none
  std::string filter;     ///< a libavfilter graph of the user's, applied before the label
  int crf = 18;           ///< x264's constant rate factor
};

/// What a job makes: a clip, a model, or a measurement: how well a model follows its prompts, how many clips
/// fit the memory at once. kCommand: a clip by a program of the user's instead of the engine.
enum class JobKind { kClip, kTrain, kEvaluate, kBatch, kCommand };

constexpr bool makes_clip(JobKind kind) { return kind == JobKind::kClip || kind == JobKind::kCommand; }

/// One piece of work, and where its result goes.
struct JobSpec {
  JobKind kind = JobKind::kClip;
  /// Of training and measuring: everything they ask for, as JSON (recipe/recipe_json.h). Beside it they use
  /// `inputs`, `model`, `output` and `priority` only.
  std::string recipe;
  /// What the files that it reads looked like when it was asked for: with another model or LoRA under the
  /// same path it is another job.
  std::string inputs;
  std::string model;                ///< folder in the Diffusers layout
  std::vector<LoraChoice> loras;    ///< on the transformer, in this order
  std::vector<LoraChoice> loras_2;  ///< on the low-noise transformer
  ClipSpec clip;
  CommandSpec command;  ///< of kCommand
  /// The .mp4, training.json or evaluation.json: the last file that the job writes, and its identity in a
  /// store.
  std::string output;
  int priority = 0;                ///< larger first
  double deadline = 0;             ///< Unix seconds, when it should be done; 0: none
  double time_limit_seconds = 0;   ///< of an attempt, after which it has failed; 0: none
  std::vector<std::string> after;  ///< outputs of jobs that must be done before it starts
  std::string producer;            ///< ContentProducer of the AIGC mark
  std::string
      init_latents;  ///< safetensors with `latents` [1,C,T,H,W] fp32 as the initial noise; empty: from `seed`
  std::string save_tensors;   ///< folder for latents, frames and prompt embeddings; empty: not kept
  std::string frames_folder;  ///< folder for PNG frames; empty: none
  std::string contact_sheet;  ///< PNG of evenly spaced frames; empty: none
  std::string poster;         ///< small JPEG for reports; empty: none
  std::string
      memory_usage;  ///< JSON of the device memory that the clip took (vram/memory_report.h); empty: none
  std::optional<MemoryPlan> memory_plan;  ///< absent: the fastest that fits
  bool approximate = false;               ///< that may change the clip a little where nothing else fits
  int preview_every = 0;                  ///< denoising steps between previews beside the output; 0: none
};

/// The part of JobSpec::inputs that is of the model it starts from, not of the clips that a training learns
/// from.
inline std::string base_inputs(const JobSpec& job) { return job.inputs.substr(0, job.inputs.find(' ')); }

}  // namespace clipmill
