#include "train/flow_watch.h"

#include <fmt/ranges.h>

#include <algorithm>

#include "base/atomic_file.h"
#include "train/adherence_log.h"
#include "train/clip_sheet.h"
#include "train/smaller_batches.h"

namespace clipmill {
namespace fs = std::filesystem;
namespace {

constexpr std::string_view kSheet = "samples-";
constexpr const char *kAdherence = "adherence.csv", *kSamplePrompts = "samples.txt";
constexpr int kBatch = 16;  // clips denoised together

/// The step of "samples-000400.png"; −1 of another name.
int step_of(const fs::path& file) {
  const std::string name = file.filename().string();
  if (!name.starts_with(kSheet) || file.extension() != ".png") return -1;
  return std::atoi(name.c_str() + kSheet.size());
}

std::vector<std::string> spread(const std::vector<std::string>& all, std::size_t most) {
  const std::size_t count = std::min(all.size(), most);
  std::vector<std::string> chosen;
  for (std::size_t i = 0; i < count; ++i) chosen.push_back(all[i * all.size() / count]);
  return chosen;
}

}  // namespace

FlowWatch::FlowWatch(fs::path folder, const TrainRecipe& recipe, const std::vector<std::string>& captions,
                     const WorkContext& work)
    : folder_(std::move(folder)), recipe_(recipe), work_(work) {
  if (recipe.data.world.empty())
    prompts_ =
        spread(captions, std::min(kSheetClips, static_cast<std::size_t>(recipe.watch.evaluate_prompts)));
}

bool FlowWatch::due(int done) const {
  const auto every = [done](int steps) { return steps > 0 && done % steps == 0; };
  return (every(recipe_.watch.sample_every) || every(recipe_.watch.evaluate_every)) &&
         !fs::exists(sheet(done));
}

/// The sheet comes last: it tells that all is done.
void FlowWatch::look(int done, const ClipSource& source) const {
  if (recipe_.data.world.empty()) {
    sample(done, source);
  } else {
    measure(done, source);
  }
}

void FlowWatch::measure(int done, const ClipSource& source) const {
  const MeasuredAdherence measured = adherence(source, recipe_.watch.evaluate_prompts, [](int) {});
  rewind_adherence(folder_ / kAdherence, done - 1);
  append_adherence(folder_ / kAdherence, done, measured.adherence);
  std::vector<bool> wrong = measured.right;
  wrong.flip();
  write_clip_sheet(sheet(done), measured.clips, wrong);
}

void FlowWatch::sample(int done, const ClipSource& source) const {
  const auto clips = in_smaller_batches(kBatch, work_.device, [&](int batch) {
    std::vector<at::Tensor> made;
    generate_each(source, prompts_, settings(), batch, check(), [&](const at::Tensor& part) {
      for (const at::Tensor& clip : part.unbind(0)) made.push_back(clip);
    });
    return made;
  });
  write_file(folder_ / kSamplePrompts, fmt::format("{}\n", fmt::join(prompts_, "\n")));
  write_clip_sheet(sheet(done), clips, {});
}

std::vector<fs::path> FlowWatch::files() const {
  std::vector<fs::path> files = {folder_ / kAdherence, folder_ / kSamplePrompts};
  std::erase_if(files, [](const fs::path& file) { return !fs::exists(file); });
  for (const fs::directory_entry& entry : fs::directory_iterator(folder_)) {
    if (step_of(entry.path()) >= 0) files.push_back(entry.path());
  }
  return files;
}

void FlowWatch::rewind(int done) const {
  rewind_adherence(folder_ / kAdherence, done);
  for (const fs::path& file : files()) {
    if (step_of(file) > done) fs::remove(file);
  }
}

MeasuredAdherence FlowWatch::adherence(const ClipSource& source, int prompts,
                                       const std::function<void(int done)>& progress) const {
  return in_smaller_batches(kBatch, work_.device, [&](int batch) {
    return measure_adherence(source, {settings(), prompts, batch}, check(), progress);
  });
}

fs::path FlowWatch::sheet(int done) const { return folder_ / fmt::format("{}{:06}.png", kSheet, done); }

GenerateSettings FlowWatch::settings() const {
  GenerateSettings settings;
  settings.bucket = recipe_.data.buckets.front();
  settings.scheduler.flow_shift = recipe_.flow_shift;
  return settings;
}

std::function<void()> FlowWatch::check() const {
  return [this] { work_.stop.check(); };
}

}  // namespace clipmill
