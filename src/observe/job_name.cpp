#include "observe/job_name.h"

#include <filesystem>

namespace clipmill {

std::string job_name(const JobSpec& job) {
  const std::filesystem::path output(job.output);
  return (makes_clip(job.kind) ? output : output.parent_path()).filename().string();
}

}  // namespace clipmill
