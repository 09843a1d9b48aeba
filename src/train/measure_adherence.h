// How often the clips of a shapes model show what their prompts say.
#pragma once

#include <functional>
#include <nlohmann/json.hpp>

#include "shapes/adherence.h"
#include "train/generate.h"

namespace clipmill {

struct AdherenceSettings {
  GenerateSettings generate;
  int prompts = 240;
  int batch = 16;
};

/// The first `count` prompts of a measurement: held-out and trained combinations in turn, spread over all of
/// them.
std::vector<shapes::Subject> evaluation_subjects(int count, std::uint64_t seed);

inline constexpr std::size_t kSheetClips = 40;  ///< on a sheet

struct MeasuredAdherence {
  shapes::Adherence adherence;
  std::vector<shapes::Subject> subjects;
  std::vector<bool> right;        ///< of each, all four attributes
  std::vector<at::Tensor> clips;  ///< uint8 [T,H,W,3] of the first kSheetClips
};

/// `progress(done)` is called after each batch, `check` between denoising steps.
MeasuredAdherence measure_adherence(const ClipSource& source, const AdherenceSettings& settings,
                                    const std::function<void()>& check,
                                    const std::function<void(int done)>& progress);

/// The same of real clips, and of what the VAE makes of them: the ceiling of any transformer on it. PSNR in
/// dB is 10 log10(range² / mean squared error) of the reconstructions.
inline constexpr int kVaeClips = 100;  ///< enough for a figure
struct MeasuredVae {
  shapes::Adherence real, reconstructed;
  double psnr = 0;

  nlohmann::ordered_json json() const;
};
MeasuredVae measure_vae(const Vae& vae, const Bucket& bucket, int clips, std::uint64_t seed,
                        const std::function<void()>& check, const std::function<void(int done)>& progress);

}  // namespace clipmill
