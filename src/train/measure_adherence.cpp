#include "train/measure_adherence.h"

#include <c10/core/GradMode.h>

#include <algorithm>
#include <cmath>
#include <random>

#include "shapes/scene.h"
#include "stages/pixels.h"
#include "train/pixels_to_floats.h"

namespace clipmill {
namespace {

/// Fisher and Yates, on the generator's own bits: the same on every machine.
void shuffle(std::vector<shapes::Subject>& subjects, std::mt19937_64& rng) {
  for (std::size_t i = subjects.size(); i > 1; --i) std::swap(subjects[i - 1], subjects[rng() % i]);
}

shapes::Match judged(const at::Tensor& clip, const shapes::Subject& subject) {
  const at::Tensor bytes = clip.contiguous();
  const auto frames = static_cast<int>(bytes.size(0)), height = static_cast<int>(bytes.size(1)),
             width = static_cast<int>(bytes.size(2));
  const std::span<const std::uint8_t> pixels(bytes.const_data_ptr<std::uint8_t>(),
                                             static_cast<std::size_t>(bytes.numel()));
  return shapes::match(shapes::classify(pixels, frames, height, width), subject);
}

at::Tensor drawn(const shapes::Subject& subject, const Bucket& b, shapes::Rng& rng) {
  const auto bytes =
      shapes::draw_clip(shapes::random_scene(subject, b.width, b.height, rng), b.width, b.height, b.frames);
  return at::tensor(at::ArrayRef<std::uint8_t>(bytes), at::kByte).view({b.frames, b.height, b.width, 3});
}

}  // namespace

std::vector<shapes::Subject> evaluation_subjects(int count, std::uint64_t seed) {
  std::vector<shapes::Subject> unseen, seen, subjects;
  for (const shapes::Subject& subject : shapes::all_subjects())
    (shapes::held_out(subject) ? unseen : seen).push_back(subject);
  std::mt19937_64 rng(seed);
  shuffle(unseen, rng);
  shuffle(seen, rng);
  for (std::size_t i = 0; i < static_cast<std::size_t>(count); ++i) {
    const auto& group = i % 2 == 0 ? unseen : seen;
    subjects.push_back(group[i / 2 % group.size()]);
  }
  return subjects;
}

MeasuredAdherence measure_adherence(const ClipSource& source, const AdherenceSettings& settings,
                                    const std::function<void()>& check,
                                    const std::function<void(int done)>& progress) {
  MeasuredAdherence result;
  result.subjects = evaluation_subjects(settings.prompts, settings.generate.seed);
  std::vector<std::string> prompts;
  for (const shapes::Subject& subject : result.subjects) prompts.push_back(caption(subject));
  const auto judge = [&](const at::Tensor& clip) {
    const shapes::Subject& subject = result.subjects[result.right.size()];
    const shapes::Match match = judged(clip, subject);
    result.adherence.add(subject, match);
    result.right.push_back(match.all());
    if (result.clips.size() < kSheetClips) result.clips.push_back(clip.clone());
  };
  generate_each(source, prompts, settings.generate, settings.batch, check, [&](const at::Tensor& clips) {
    for (const at::Tensor& clip : clips.unbind(0)) judge(clip);
    progress(static_cast<int>(result.right.size()));
  });
  return result;
}

MeasuredVae measure_vae(const Vae& vae, const Bucket& bucket, int clips, std::uint64_t seed,
                        const std::function<void()>& check, const std::function<void(int done)>& progress) {
  const c10::NoGradGuard no_grad;
  MeasuredVae result;
  shapes::Rng rng(seed);
  double squared = 0;
  for (const shapes::Subject& subject : evaluation_subjects(clips, seed)) {
    check();
    const at::Tensor real = drawn(subject, bucket, rng);
    const at::Tensor pixels = to_floats(real.unsqueeze(0)).to(vae.device());
    const at::Tensor decoded = vae.decode_raw(vae.moments(pixels).mean).clamp(-1, 1);
    squared += (decoded - pixels).square().mean().item<double>();
    result.real.add(subject, judged(real, subject));
    result.reconstructed.add(subject, judged(to_bytes(decoded), subject));
    progress(result.real.of(shapes::Attribute::kAll).count);
  }
  result.psnr = 10 * std::log10(4.0 * clips / squared);
  return result;
}

nlohmann::ordered_json MeasuredVae::json() const {
  return {{"psnr_db", psnr},
          {"adherence_of_real_clips", real.json()},
          {"adherence_of_reconstructions", reconstructed.json()}};
}

}  // namespace clipmill
