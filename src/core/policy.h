// Which waiting job starts next: a key per job, the largest first. Pure.
#pragma once

#include <optional>
#include <span>
#include <tuple>

#include "core/ports.h"

namespace clipmill {

/// First in, first out within a priority: (priority, −id).
inline std::tuple<int, JobId> fifo_key(const Job& job) { return {job.spec.priority, -job.id}; }

/// Index into `waiting` of the job that `fifo_key` puts first; empty if none waits.
std::optional<std::size_t> pick_fifo(std::span<const Job> waiting);

}  // namespace clipmill
