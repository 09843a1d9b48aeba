// Where the denoising of a clip stands, as a file: what a killed job goes on from, and what one part of a
// clip hands to the next.
#pragma once

#include <filesystem>

#include "core/job.h"
#include "model/tensor_io.h"

namespace clipmill {

/// After `step` steps. The noise generator is not in it: all noise is drawn before the first step.
struct DenoiseState {
  int step = 0;
  at::Tensor latents;    ///< [1,C,T,H,W], normalised, in the type that the sampler returned
  NamedTensors history;  ///< Sampler::history(); empty after the last step
  int threads = 0;       ///< that computed it: sums, and so bits, depend on it
  MemoryPlan plan = {};  ///< under which it was computed: its pieces decide the last bits, too
};

/// Of everything that decides the clip; neither where results go nor what only schedules or shows the work.
/// 16 hexadecimal digits.
std::string fingerprint_of(const JobSpec& job);

/// Replaces `file` atomically. Throws Error(kIo); the former file then stays.
void save_denoise_state(const std::filesystem::path& file, const DenoiseState& state,
                        const std::string& fingerprint);
/// Throws Error(kInput) that says why the file is of no use: damaged, or of a job with another fingerprint.
DenoiseState read_denoise_state(const std::filesystem::path& file, const std::string& fingerprint);

/// Whether to save now: after `every` seconds of work, so that a crash costs no more (and one step), and
/// saving next to nothing.
constexpr bool state_is_due(double seconds_since_last, double every) { return seconds_since_last >= every; }

}  // namespace clipmill
