// segments = "auto": how many segments of the transformer's blocks a step takes.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "train/flow_trainer.h"

namespace clipmill {

/// Measures a block and real steps of `clips` clips of `shape`, chooses by choose_segments() under `budget`
/// (bytes of the whole device; 0: the lowest peak of all) and sets the trainer to it. No result changes:
/// gradients are equal bit for bit, whatever the number.
SegmentChoice search_segments(Device& device, FlowTrainer& trainer, const StepShape& shape, int clips,
                              std::int64_t budget);

/// {"segments", "measured": [{"segments", "peak_bytes": null if out of memory}]}
nlohmann::ordered_json to_json(const SegmentChoice& choice);

/// "2 segments: peak 140.2 MiB (1: 180.5 MiB, 3: out of memory)", for people.
std::string to_text(const SegmentChoice& choice);

}  // namespace clipmill
