#include "workers.h"

#include <unistd.h>

#include <cerrno>
#include <iterator>

#include "base/atomic_file.h"
#include "base/error.h"

namespace clipmill {
namespace {

constexpr int kDevices = 2, kLanes = 2;
constexpr std::int64_t kDeviceBytes = 4;
constexpr int kClipBytes = 1500;    // three sectors
constexpr int kMostOperations = 8;  // about what a clip takes
constexpr int kDecodes = 3;         // the step that makes the clip

}  // namespace

std::string clip_bytes(const std::string& prompt) {
  std::string bytes;
  while (bytes.size() < kClipBytes) bytes += prompt + "\n";
  bytes.resize(kClipBytes);
  return bytes;
}

std::int64_t bytes_of(JobId job) { return 1 + job % 3; }

Workers::Workers(SimulatedDisk& disk, std::mt19937& random, const Options& options,
                 std::function<void()> meanwhile, std::function<void(const std::string&)> problem)
    : disk_(disk),
      random_(random),
      options_(options),
      meanwhile_(std::move(meanwhile)),
      problem_(std::move(problem)) {}

std::vector<DeviceSpec> Workers::devices() const {
  std::vector<DeviceSpec> specs;
  for (int i = 0; i < kDevices; ++i)
    specs.push_back({.name = fmt::format("cpu:{}", i),
                     .bytes = kDeviceBytes,
                     .lanes = kLanes,
                     .decode_lanes = options_.decode_lanes});
  return specs;
}

void Workers::start(const Attempt& attempt) {
  const JobSpec& spec = attempt.spec;
  const bool decodes = attempt.part == Part::kDecode;
  std::int64_t bytes = bytes_of(attempt.job);
  int lanes = 1;
  for (const auto& [id, work] : running_) {
    if (work.attempt.job == attempt.job) problem_(fmt::format("job {} runs twice at once", attempt.job));
    if (work.attempt.device != attempt.device) continue;
    bytes += bytes_of(work.attempt.job);
    lanes += (work.attempt.part == Part::kDecode) == decodes;
  }
  if (bytes > kDeviceBytes || lanes > (decodes ? options_.decode_lanes : kLanes))
    problem_(fmt::format("{} is over-committed", attempt.device));
  if (disk_.content(spec.output) == clip_bytes(spec.clip.prompt) && !options_.remake_allowed)
    problem_(fmt::format("{} is made twice", spec.clip.prompt));
  if (decodes && disk_.content(attempt.state_file) != spec.clip.prompt)
    problem_(fmt::format("{} is decoded without its latents", spec.clip.prompt));
  running_[attempt.id] = {attempt, decodes ? kDecodes : 0};
}

std::optional<Event> Workers::next_event() {
  if (events_.empty()) return std::nullopt;
  Event event = std::move(events_.front());
  events_.pop_front();
  return event;
}

void Workers::wait(double) {
  if (!running_.empty()) {
    const auto chosen = std::next(running_.begin(), below(static_cast<int>(running_.size())));
    step(chosen->second);
  }
  meanwhile_();
}

void Workers::cancel(const Attempt& attempt) {
  if (const auto found = running_.find(attempt.id); found != running_.end()) found->second.cancelled = true;
}

/// The last thing told of an attempt takes its place away.
void Workers::tell(const Work& work, EventPayload what) {
  const Attempt attempt = work.attempt;
  const bool over = std::holds_alternative<JobFinished>(what) || std::holds_alternative<JobFailed>(what);
  events_.push_back({attempt.job, attempt.id, attempt.device, std::move(what)});
  if (over) running_.erase(attempt.id);
}

std::optional<JobFailed> Workers::accident(const Work& work) {
  if (!options_.fail) return std::nullopt;
  if (below(25) == 0) return JobFailed{ErrorKind::kWorker, "the worker died", ""};
  if (work.step == 0 && below(25) == 0) return JobFailed{ErrorKind::kDevice, "the device is gone", ""};
  if (work.step == 1 && below(25) == 0) return JobFailed{ErrorKind::kOutOfMemory, "out of memory", ""};
  return std::nullopt;
}

void Workers::step(Work& work) {
  if (auto failure = accident(work)) return tell(work, *failure);
  const Attempt& attempt = work.attempt;
  switch (work.step++) {
    case 0:
      return tell(work, StageStarted{Stage::kDenoise});
    case 1:
      return tell(work, StageProgress{Stage::kDenoise, 1, 2});
    case 2:
      if (work.cancelled) return tell(work, JobFailed{ErrorKind::kCancelled, "cancelled", ""});
      return tell(work, StageFinished{Stage::kDenoise, 2.0, 1000});
    case kDecodes: {
      const bool denoises = attempt.part == Part::kDenoise;
      auto failure = denoises ? write(attempt.state_file, attempt.spec.clip.prompt)
                              : write(attempt.spec.output, clip_bytes(attempt.spec.clip.prompt));
      if (failure) return tell(work, *failure);
      made_ += !denoises;
      return;
    }
    default:
      if (attempt.part == Part::kDecode) ::unlink(attempt.state_file.c_str());
      return tell(work, JobFinished{kClipBytes, 3.0});
  }
}

/// Now and then the worker dies within: its later calls do not happen.
std::optional<JobFailed> Workers::write(const std::string& path, const std::string& bytes) {
  const bool dies = options_.fail && below(8) == 0;
  const std::int64_t from = disk_.operations() + below(kMostOperations);
  if (dies) disk_.refuse(from, SimulatedDisk::kForever, EIO);
  std::optional<JobFailed> failure;
  try {
    write_file(path, bytes);
  } catch (const Error& error) {
    failure = JobFailed{ErrorKind::kIo, error.what(), error.hint()};
  }
  if (!dies) return failure;
  disk_.refuse(SimulatedDisk::kForever, SimulatedDisk::kForever, 0);
  return JobFailed{ErrorKind::kWorker, "the worker died", ""};
}

}  // namespace clipmill
