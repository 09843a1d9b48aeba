// What a transformer under training makes, looked at from time to time.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "stages/work.h"
#include "train/generate.h"
#include "train/measure_adherence.h"

namespace clipmill {

class FlowWatch {
 public:
  /// Sheets and figures go into `folder`. Of a built-in world, samples are clips of its evaluation and are
  /// measured; else of `captions`, evenly spread. Refers to `recipe`.
  FlowWatch(std::filesystem::path folder, const TrainRecipe& recipe, const std::vector<std::string>& captions,
            const WorkContext& work);

  /// Whether the recipe wants to see samples after step `done`, and there are none yet.
  bool due(int done) const;
  /// Writes samples-<step>.png and, of a world, a line of adherence.csv.
  void look(int done, const ClipSource& source) const;
  /// All that look() has written.
  std::vector<std::filesystem::path> files() const;
  /// Forgets what was seen after step `done`.
  void rewind(int done) const;

  /// In smaller batches where the memory is short.
  MeasuredAdherence adherence(const ClipSource& source, int prompts,
                              const std::function<void(int done)>& progress) const;

 private:
  std::filesystem::path sheet(int done) const;
  GenerateSettings settings() const;
  void measure(int done, const ClipSource& source) const;
  void sample(int done, const ClipSource& source) const;
  std::function<void()> check() const;

  std::filesystem::path folder_;
  const TrainRecipe& recipe_;
  std::vector<std::string> prompts_;  // of one's own clips
  const WorkContext& work_;
};

}  // namespace clipmill
