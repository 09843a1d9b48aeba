// What clients of video APIs ask for, as a job.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "core/job.h"

namespace clipmill {

/// A request that is refused: which parameter, and the status of the answer.
struct VideoProblem {
  std::string message, parameter;
  int status = 400;
};

/// Sets on `job` what `request` asks for: prompt, seconds and size as OpenAI's clients send them, the names
/// of other open servers (num_frames, num_inference_steps, guidance_scale, extra_params), and those keys of a
/// manifest's clip that name no file, program or filter. Values of forms are texts: those stand for numbers,
/// too. `model` is the caller's. Throws VideoProblem at the first key that is not known, not served yet or
/// not allowed.
void set_video(JobSpec& job, const nlohmann::json& request);

}  // namespace clipmill
