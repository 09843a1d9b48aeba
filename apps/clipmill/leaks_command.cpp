// clipmill leaks: whether clips leave memory behind.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <vector>

#include "base/units.h"
#include "clipmill/checks.h"
#include "clipmill/clip_list.h"
#include "clipmill/command.h"
#include "clipmill/device_plan.h"
#include "clipmill/job_flags.h"
#include "clipmill/json_output.h"
#include "clipmill/run_flags.h"
#include "clipmill/scratch_folder.h"
#include "core/growth.h"

namespace clipmill {
namespace fs = std::filesystem;
namespace {

constexpr const char* kLeaksAbout =
    "Makes the clips of a manifest, or one clip from flags, many times in one worker, and tells what they "
    "leave in\n"
    "memory: blocks of device memory with the scope and the calls that made them, and slow growth of device "
    "memory\n"
    "and of the host's heap, with its confidence. The clips themselves are thrown away.\n"
    "\n"
    "  clipmill leaks shots.toml --times 10\n"
    "  clipmill leaks --model models/shapes --prompt \"a red circle moving left\" --size 64x64 --frames 5 "
    "--steps 2 \\\n"
    "      --times 50\n"
    "\n"
    "Growth needs 24 clips at least. Exit code: 0 nothing was left, 1 something was, or clips failed, 2 "
    "wrong usage.";

struct LeaksCommandOptions {
  ClipListOptions clips;
  int times = 30;
  RunOptions run;
};

struct CountedLeak {
  std::string text;
  std::int64_t bytes = 0;
  int times = 0;
};

/// Each kind once, largest first.
std::vector<CountedLeak> counted(const std::vector<LeakFound>& leaks) {
  std::map<std::string, CountedLeak> kinds;
  for (const LeakFound& leak : leaks) {
    CountedLeak& kind = kinds.try_emplace(leak.text, CountedLeak{leak.text}).first->second;
    kind.bytes += leak.bytes, ++kind.times;
  }
  std::vector<CountedLeak> all;
  for (auto& [text, kind] : kinds) all.push_back(std::move(kind));
  std::ranges::stable_sort(all, std::greater(), &CountedLeak::bytes);
  return all;
}

/// What clips left, and how memory grew over them.
struct LeakVerdict {
  std::size_t clips = 0;
  std::vector<CountedLeak> leaks;
  Growth device, host;

  bool tells_growth() const { return clips >= kFewestJobsForGrowth; }
  /// Empty where nothing was looked at.
  std::optional<bool> clean() const {
    if (clips == 0) return std::nullopt;
    return leaks.empty() && device.verdict == GrowthVerdict::kNone && host.verdict == GrowthVerdict::kNone;
  }
};

/// Hears what workers tell of their memory.
class LeakWatch : public EventSink {
 public:
  void on_event(const Event& event) override {
    if (const auto* leak = std::get_if<LeakFound>(&event.what)) leaks_.push_back(*leak);
    if (const auto* sample = std::get_if<MemorySampled>(&event.what)) {
      device_.push_back(static_cast<double>(sample->device_bytes));
      host_.push_back(static_cast<double>(sample->host_bytes));
    }
  }

  LeakVerdict verdict() const {
    return {device_.size(), counted(leaks_), assess_growth(device_), assess_growth(host_)};
  }

 private:
  std::vector<LeakFound> leaks_;
  std::vector<double> device_, host_;
};

/// The clips of the list, `times` over, in `folder`, with their lines.
Manifest repeated(const Manifest& manifest, int times, const fs::path& folder) {
  Manifest all = manifest;
  all.jobs.clear(), all.lines.clear();
  for (int i = 0; i < times; ++i) {
    for (JobSpec job : manifest.jobs) {
      job.output = folder / fmt::format("{}.mp4", all.jobs.size());
      job.save_tensors = job.frames_folder = job.contact_sheet = job.poster = job.memory_usage = "";
      job.after.clear();
      all.jobs.push_back(std::move(job));
    }
    all.lines.insert(all.lines.end(), manifest.lines.begin(), manifest.lines.end());
  }
  return all;
}

nlohmann::ordered_json json_of(const Growth& growth) {
  return {{"verdict", to_string(growth.verdict)},
          {"bytes_per_job", growth.bytes_per_job},
          {"low", growth.low},
          {"high", growth.high},
          {"confidence", growth.confidence}};
}

void print_growth(const char* what, const Growth& growth) {
  if (growth.verdict == GrowthVerdict::kNone) return void(fmt::print("{}: does not grow\n", what));
  fmt::print("{}: growth {}, {} a clip (95 %: {} to {}), confidence {:.4f}\n", what,
             to_string(growth.verdict), format_bytes(static_cast<std::int64_t>(growth.bytes_per_job)),
             format_bytes(static_cast<std::int64_t>(growth.low)),
             format_bytes(static_cast<std::int64_t>(growth.high)), growth.confidence);
}

nlohmann::ordered_json json_of(const LeakVerdict& verdict) {
  nlohmann::ordered_json leaks = nlohmann::json::array();
  for (const auto& [text, bytes, times] : verdict.leaks)
    leaks.push_back({{"times", times}, {"bytes", bytes}, {"text", text}});
  const auto clean = verdict.clean();
  return {{"clean", clean ? nlohmann::ordered_json(*clean) : nlohmann::ordered_json()},
          {"clips", verdict.clips},
          {"growth_is_known", verdict.tells_growth()},
          {"leaks", leaks},
          {"device", json_of(verdict.device)},
          {"host", json_of(verdict.host)}};
}

void print(const LeakVerdict& verdict) {
  if (verdict.clips == 0) return void(fmt::print("no clip was looked at\n"));
  fmt::print("{} clips\n", verdict.clips);
  for (const auto& [text, bytes, times] : verdict.leaks)
    fmt::print("left {} times, {} in all: {}\n", times, format_bytes(bytes), text);
  if (verdict.leaks.empty()) fmt::print("no clip left device memory behind\n");
  if (!verdict.tells_growth()) {
    fmt::print("too few clips to tell growth: it takes {}; give more --times\n", kFewestJobsForGrowth);
    return;
  }
  print_growth("device memory", verdict.device);
  print_growth("host heap", verdict.host);
}

int tell(const LeakVerdict& verdict, bool json) {
  json ? print_indented(json_of(verdict)) : print(verdict);
  return verdict.clean().value_or(false) ? kAllDone : kSomeFailed;
}

int run(const LeaksCommandOptions& options, const JobFlags& flags) {
  const ClipList clips = clip_list(options.clips, flags);
  RunOptions run = options.run;
  run.devices = checked_devices(run.devices);
  if (run.devices.size() > 1)
    throw Error(ErrorKind::kInput, "leaks are looked for in one worker, on one device", "name one --device");
  run.leaks = true;
  check_memory(clips.manifest, device_specs(run));
  const ScratchFolder folder;
  const Manifest manifest = repeated(clips.manifest, options.times, folder.path());
  LeakWatch watch;
  run.also = &watch;
  check_batch(manifest, {});
  const SystemClock clock;
  const RunResult result = run_jobs(manifest.jobs, run, clock);
  if (result.broken) std::rethrow_exception(result.broken);
  return std::max(tell(watch.verdict(), run.json), exit_code(result.account));
}

}  // namespace

void add_leaks_command(CLI::App& app, int& exit_code) {
  CLI::App* command = app.add_subcommand("leaks", kLeaksAbout);
  auto options = std::make_shared<LeaksCommandOptions>();
  command->add_option("manifest", options->clips.manifest, "list of clips: .toml, .jsonl or .csv")
      ->type_name("FILE");
  auto flags = std::make_shared<JobFlags>(*command);
  command->add_option("--times", options->times, "how often each clip is made")
      ->type_name("N")
      ->check(CLI::Range(2, 100000))
      ->capture_default_str();
  add_run_flags(*command, options->run, true);
  command->callback([options, flags, &exit_code] { exit_code = run(*options, *flags); });
}

}  // namespace clipmill
