#include "store/job_rows.h"

#include <nlohmann/json.hpp>

#include "core/job_fields.h"

namespace clipmill {
namespace {

JobSpec spec_from(const std::string& text) {
  try {
    return job_from_json(nlohmann::json::parse(text));
  } catch (const std::exception& error) {
    throw Error(ErrorKind::kIo, fmt::format("a job in the store cannot be read: {}", error.what()));
  }
}

/// What decides how the clip looks and where it goes.
nlohmann::json clip_of(const JobSpec& spec) {
  nlohmann::json object = to_json(spec);
  for (const JobField& field : job_fields()) {
    if (field.use == FieldUse::kScheduling || field.use == FieldUse::kNeeds)
      object.erase(std::string(field.key));
  }
  return object;
}

}  // namespace

JobState state_from(std::string_view name) {
  if (const auto state = job_state_from(name)) return *state;
  throw Error(ErrorKind::kIo, fmt::format("unknown job state \"{}\" in the store", name));
}

Job job_from_row(const Row& row) {
  Job job;
  job.id = row.integer(0);
  job.spec = spec_from(row.text(1));
  job.state = state_from(row.text(2));
  job.attempts = static_cast<int>(row.integer(3));
  job.failure = {error_kind_from(row.text(4)), row.text(5), row.text(6)};
  if (job.state == JobState::kDone) job.result = {row.integer(7), row.real(8)};
  job.crashes = static_cast<int>(row.integer(9));
  job.held = row.integer(10) != 0;
  job.submitted = row.real(11);
  return job;
}

std::string spec_text(const JobSpec& spec) {
  try {
    return to_json(spec).dump();
  } catch (const nlohmann::json::exception&) {
    throw Error(ErrorKind::kInput, fmt::format("the job for {} has text that is not UTF-8", spec.output),
                "save the manifest as UTF-8");
  }
}

bool same_spec(const std::string& stored, const JobSpec& spec) {
  try {
    JobSpec before = spec_from(stored);
    if (spec.memory_usage.empty()) before.memory_usage.clear();  // was measured, and need not be again
    return clip_of(before) == clip_of(spec);
  } catch (const Error&) {
    return false;  // an option that no longer exists: the clip has to be made anew
  }
}

}  // namespace clipmill
