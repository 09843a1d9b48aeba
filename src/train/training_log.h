// The course of a training run: loss.csv, and loss.svg drawn from it.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "train/step_result.h"

namespace clipmill {

struct LogRow {
  std::string phase;  ///< "vae", "transformer"
  int step = 0;       ///< steps done
  double loss = 0;    ///< mean since the row before
  double grad_norm = 0;
  double learning_rate = 0;
  double seconds = 0;  ///< of this phase, over all attempts
};

class TrainingLog {
 public:
  /// Reads the rows that lie in `folder`.
  explicit TrainingLog(std::filesystem::path folder);

  /// Forgets what `phase` did after `step`: a resumed run does it again.
  void rewind(const std::string& phase, int step);
  void add(LogRow row) { rows_.push_back(std::move(row)); }
  /// Seconds that `phase` has taken so far.
  double seconds(const std::string& phase) const;
  /// Steps of `phase` that no row tells of, with a row each `every` steps: `seconds` leaves them out.
  int steps_not_logged(const std::string& phase, int every) const;
  /// Both files, each replaced as a whole. Throws Error(kIo).
  void write() const;

  const std::vector<LogRow>& rows() const { return rows_; }

 private:
  std::filesystem::path folder_;
  std::vector<LogRow> rows_;
};

}  // namespace clipmill
