#include "model/sampler.h"

#include <array>

#include "base/error.h"
#include "model/flow_match_euler.h"
#include "model/unipc.h"

namespace clipmill {
namespace {

/// The registry of samplers: the name on the command line, the class name in a checkpoint, the maker.
struct Entry {
  std::string_view name, class_name;
  std::unique_ptr<Sampler> (*make)(const SchedulerConfig&, int steps, double shift);
};

constexpr std::array<Entry, 2> kSamplers = {{
    {"unipc", "UniPCMultistepScheduler",
     [](const SchedulerConfig& config, int steps, double shift) -> std::unique_ptr<Sampler> {
       return std::make_unique<UniPc>(config, steps, shift);
     }},
    {"euler", "FlowMatchEulerDiscreteScheduler",
     [](const SchedulerConfig& config, int steps, double shift) -> std::unique_ptr<Sampler> {
       return std::make_unique<FlowMatchEuler>(config, steps, shift);
     }},
}};

}  // namespace

std::unique_ptr<Sampler> make_sampler(const SchedulerConfig& config, const std::string& name, int steps,
                                      std::optional<double> flow_shift) {
  for (const Entry& entry : kSamplers) {
    if (name == entry.name || (name == "auto" && config.class_name == entry.class_name)) {
      return entry.make(config, steps, flow_shift.value_or(config.flow_shift));
    }
  }
  throw input_error("no sampler \"{}\": there are unipc and euler", name);
}

}  // namespace clipmill
