// What clients of video APIs ask for, as a job.
#pragma once

#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/job.h"
#include "serve/http_error.h"

namespace clipmill {

/// How a request is to be read.
struct RequestReading {
  bool texts = false;  ///< it was a form, where texts stand for numbers
  /// Of a LoRA's name; throws Error(kInput).
  std::function<std::string(const std::string&)> lora_path;
};

/// Sets on `job` what `request` asks for: prompt, seconds and size as OpenAI's clients send them, the names
/// of other open servers (num_frames, num_inference_steps, guidance_scale, extra_params), `lora` by name, and
/// those keys of a manifest's clip that name no file, program or filter. `model` is the caller's. Throws
/// RequestProblem at the first key that is not known, not served yet or not allowed; with status 422 where
/// two keys contradict each other.
void set_video(JobSpec& job, const nlohmann::json& request, const RequestReading& reading);

/// The keys of a manifest's clip that clients may set; `lora` and `model` beside them are names.
std::span<const std::string_view> client_keys();
/// Other servers' names for some of them.
std::vector<std::string_view> alias_keys();

/// Paths in place of the names that `loras` has. Throws Error(kInput).
void find_loras(std::vector<LoraChoice>& loras, const RequestReading& reading);

}  // namespace clipmill
