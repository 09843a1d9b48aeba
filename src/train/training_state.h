// Parameters, their average and the optimiser's moments, as named tensors: all that a resumed run needs.
#pragma once

#include <filesystem>

#include "train/adamw.h"
#include "train/loss_meter.h"
#include "train/parameters.h"

namespace clipmill {

Parameters::Named training_state(const Parameters& parameters, const Parameters& average,
                                 const AdamW& optimizer);
/// Throws Error(kInput) where `state` is not of these.
void load_training_state(const Parameters::Named& state, const Parameters& parameters,
                         const Parameters& average, AdamW& optimizer);

/// Where a run stands: a file that is replaced as a whole.
struct SavedState {
  int next_step = 0;
  Parameters::Named tensors;
  LossMeter loss = {};  ///< of the steps since the log's last row
};
/// Throws Error(kIo); the former file then stays.
void save_state(const std::filesystem::path& file, const SavedState& state);
/// Throws Error(kInput) on a damaged file.
SavedState read_state(const std::filesystem::path& file);

}  // namespace clipmill
