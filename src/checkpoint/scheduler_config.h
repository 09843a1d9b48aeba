// scheduler_config.json: the sampler a checkpoint was made for.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "checkpoint/config_file.h"

namespace clipmill {

inline constexpr std::string_view kUniPcScheduler = "UniPCMultistepScheduler";
inline constexpr std::string_view kEulerScheduler = "FlowMatchEulerDiscreteScheduler";

/// What the samplers need. Options that would change the result and that no sampler here has (Karras sigmas,
/// dynamic shifting, noise prediction, …) are refused on reading, so whoever gets this object may ignore
/// them.
struct SchedulerConfig {
  std::string class_name = std::string(kUniPcScheduler);
  int num_train_timesteps = 1000;
  double flow_shift = 1.0;  ///< UniPC's `flow_shift`, Euler's `shift`
  // UniPC only:
  int solver_order = 2;             ///< 1 … 3
  std::string solver_type = "bh2";  ///< or "bh1"
  bool lower_order_final = true;
  std::vector<int> disable_corrector;      ///< steps without the corrector
  std::string final_sigmas_type = "zero";  ///< or "sigma_min"

  bool is_unipc() const { return class_name == kUniPcScheduler; }

  /// `class_name` as model_index.json says. Throws Error(kInput) naming file, key and value.
  static SchedulerConfig from(const ConfigFile& file, std::string_view class_name);
  static SchedulerConfig read(const std::filesystem::path& path, std::string_view class_name) {
    return from(ConfigFile::read(path), class_name);
  }
};

}  // namespace clipmill
