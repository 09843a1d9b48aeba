// How jobs look as rows of the store.
#pragma once

#include <string>
#include <string_view>

#include "core/ports.h"
#include "store/statement.h"

namespace clipmill {

/// The columns that job_from_row reads, in its order.
inline constexpr std::string_view kJobColumns =
    "id, spec, state, attempts, failure_kind, failure_message, failure_hint, output_bytes, seconds, crashes, "
    "held, submitted";
/// Throws Error(kIo) on a name that this program does not know.
JobState state_from(std::string_view name);
/// Without `needs`. Throws Error(kIo) on a row that this program cannot read.
Job job_from_row(const Row& row);

/// Throws Error(kInput) on text that is not UTF-8.
std::string spec_text(const JobSpec& spec);
/// Whether both ask for the same clip, however it is scheduled. `stored` may come from an older program with
/// fewer options.
bool same_spec(const std::string& stored, const JobSpec& spec);

}  // namespace clipmill
