#include "fleet/holders.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>

namespace clipmill {
namespace {

bool is_worker(const ProcessInfo& process) {
  return !process.arguments.empty() &&
         std::filesystem::path(process.arguments[0]).filename() == "clipmill-worker";
}

/// "" where the worker was not told, or told of itself only.
std::string device_of(const ProcessInfo& worker) {
  const auto flag = std::ranges::find(worker.arguments, "--device");
  return flag == worker.arguments.end() || flag + 1 == worker.arguments.end() ? "" : *(flag + 1);
}

const ProcessInfo* find(std::span<const ProcessInfo> processes, pid_t pid) {
  const auto found = std::ranges::find(processes, pid, &ProcessInfo::pid);
  return found == processes.end() ? nullptr : &*found;
}

/// Started by a program of ours that is still there: whoever adopts orphans has another name.
bool has_main_program(const ProcessInfo& worker, std::span<const ProcessInfo> processes) {
  const ProcessInfo* parent = find(processes, worker.parent);
  return parent && !parent->arguments.empty() &&
         std::filesystem::path(parent->arguments[0]).filename().string().starts_with("clipmill");
}

Holder worker_holder(const std::string& device, std::int64_t bytes, const ProcessInfo& worker,
                     std::span<const ProcessInfo> processes) {
  Holder holder{device, worker.pid, bytes, HolderKind::kWaits,
                fmt::format("clipmill-worker of process {}", worker.parent)};
  if (!has_main_program(worker, processes)) {
    holder.kind = HolderKind::kOrphaned;
    holder.what = "clipmill-worker whose main program is gone";
  } else if (worker.name.starts_with("job ")) {
    holder.kind = HolderKind::kRuns;
    holder.what = fmt::format("{} of process {}", worker.name, worker.parent);
  }
  return holder;
}

}  // namespace

std::string_view to_string(HolderKind kind) {
  switch (kind) {
    case HolderKind::kRuns:
      return "runs a job";
    case HolderKind::kWaits:
      return "between jobs";
    case HolderKind::kOrphaned:
      return "orphaned";
    case HolderKind::kForeign:
      return "not ours";
  }
  return "";
}

std::vector<Holder> holders_of_cpus(std::span<const ProcessInfo> processes) {
  std::vector<Holder> holders;
  for (const ProcessInfo& process : processes) {
    const std::string device = is_worker(process) ? device_of(process) : "";
    if (device.starts_with("cpu"))
      holders.push_back(worker_holder(device, process.anonymous_bytes, process, processes));
  }
  std::ranges::stable_sort(holders, {}, &Holder::device);
  return holders;
}

std::vector<Holder> holders_of_gpu(const std::string& device, std::span<const GpuProcess> on_it,
                                   std::span<const ProcessInfo> processes) {
  std::vector<Holder> holders;
  for (const auto& [pid, bytes] : on_it) {
    const ProcessInfo* process = find(processes, pid);
    if (process && is_worker(*process)) {
      holders.push_back(worker_holder(device, bytes, *process, processes));
    } else {
      // In a container, a process of the host's may have a number that nobody or somebody else has here.
      const std::string what = process && !process->arguments.empty()
                                   ? fmt::format("{}", fmt::join(process->arguments, " "))
                                   : "a process that is not visible here";
      holders.push_back({device, pid, bytes, HolderKind::kForeign, what});
    }
  }
  std::ranges::stable_sort(holders, std::ranges::greater(), &Holder::bytes);
  return holders;
}

}  // namespace clipmill
