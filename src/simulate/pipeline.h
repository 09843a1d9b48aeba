// Stages of different jobs that overlap, each stage on workers of its own.
#pragma once

#include <span>
#include <vector>

namespace clipmill {

/// Seconds of each stage of a job; all jobs have the same stages.
using StageSeconds = std::vector<double>;

/// When the last job leaves the last stage: a permutation flow shop with finite buffers (Leisten 1990). Each
/// stage takes one job at a time, in the order given; between two stages at most `buffer` finished jobs wait,
/// and a stage that has no room for its result keeps it and stands still: back-pressure. n equal jobs take
/// Σ t + (n − 1) · max t, whatever the buffer.
double pipeline_seconds(std::span<const StageSeconds> jobs, int buffer);

/// The same jobs, one after the other.
double sequential_seconds(std::span<const StageSeconds> jobs);

}  // namespace clipmill
