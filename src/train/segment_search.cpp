#include "train/segment_search.h"

#include <c10/util/Exception.h>

#include <nlohmann/json.hpp>

#include "base/units.h"
#include "vram/batch_driver.h"

namespace clipmill {
namespace {

/// Nothing is predicted where not even one block fits.
LayerBytes block_bytes(Device& device, FlowTrainer& trainer, const StepShape& shape, int clips) try {
  return trainer.measure_block(device, shape, clips);
} catch (const c10::OutOfMemoryError&) {
  device.trim();
  return {};
}

std::string peak_of(const MeasuredPeak& peak) {
  return peak.bytes ? format_bytes(*peak.bytes) : "out of memory";
}

}  // namespace

SegmentChoice search_segments(Device& device, FlowTrainer& trainer, const StepShape& shape, int clips,
                              std::int64_t budget) {
  const LayerBytes block = block_bytes(device, trainer, shape, clips);
  const std::int64_t fixed = device.memory().current + trainer.parameter_bytes() + block.working;
  const TrialSteps trials = trainer.trials();
  const auto peak = [&](int segments) -> std::optional<std::int64_t> {
    trainer.set_segments(segments);
    const BatchProbe probe = probe_batch(
        device, [&](std::int64_t) { trials.run(shape, clips); }, clips);
    return probe.fits ? std::optional(probe.bytes) : std::nullopt;
  };
  SegmentChoice choice = choose_segments(block, trainer.blocks(), fixed, budget, peak);
  trainer.set_segments(choice.segments);
  return choice;
}

nlohmann::ordered_json to_json(const SegmentChoice& choice) {
  nlohmann::ordered_json object = {{"segments", choice.segments},
                                   {"measured", nlohmann::ordered_json::array()}};
  for (const MeasuredPeak& peak : choice.measured) {
    object["measured"].push_back(
        {{"segments", peak.segments},
         {"peak_bytes", peak.bytes ? nlohmann::ordered_json(*peak.bytes) : nlohmann::ordered_json()}});
  }
  return object;
}

std::string to_text(const SegmentChoice& choice) {
  std::string own, others;
  for (const MeasuredPeak& peak : choice.measured) {
    if (peak.segments == choice.segments) {
      own = peak_of(peak);
    } else {
      others += fmt::format("{}{}: {}", others.empty() ? "" : ", ", peak.segments, peak_of(peak));
    }
  }
  return fmt::format("{} segment{}: peak {}{}", choice.segments, choice.segments == 1 ? "" : "s", own,
                     others.empty() ? "" : fmt::format(" ({})", others));
}

}  // namespace clipmill
