#include "clipmill/device_plan.h"

#include <algorithm>
#include <cstdlib>
#include <regex>
#include <thread>

#include "base/error.h"
#include "base/units.h"
#include "fleet/devices.h"

namespace clipmill {
namespace fs = std::filesystem;
namespace {

/// Of a device's memory, for what is not ours to reserve: context, libraries, fragments.
constexpr double kUsableShare = 0.95;

struct Choice {
  std::string name, memory, role;  // "cuda:1"; "" or "24GB"; "", "denoise" or "decode"
};

Choice choice_from(const std::string& text) {
  static const std::regex kChoice("((cpu|cuda)(:[0-9]{1,3})?)(@([^=]+))?(=(denoise|decode))?");
  std::smatch parts;
  if (!std::regex_match(text, parts, kChoice)) {
    throw Error(
        ErrorKind::kInput, fmt::format("no device \"{}\"", text),
        "a device is cpu, cpu:N or cuda:N, with @24GB behind it for a limit of its own, and =denoise or "
        "=decode if it does only that");
  }
  return {parts[3].matched ? parts[1].str() : parts[1].str() + ":0", parts[5].str(), parts[7].str()};
}

/// The limit that the user set for a device; 0: none.
std::int64_t limit_of(const Choice& choice, const RunOptions& options) {
  const std::string& memory = choice.memory.empty() ? options.vram : choice.memory;
  if (memory.empty()) return 0;
  try {
    return parse_bytes(memory);
  } catch (const Error& error) {
    throw input_error("the memory of {} {}", choice.name, error.what());
  }
}

bool is_gpu(const std::string& name) { return name.starts_with("cuda"); }

std::int64_t total_bytes(const std::string& name, const std::vector<DeviceInfo>& known, std::int64_t cpus) {
  const auto found = std::ranges::find(known, is_gpu(name) ? name : "cpu:0", &DeviceInfo::name);
  if (found == known.end()) return 0;
  return is_gpu(name) ? found->total_bytes : found->total_bytes / cpus;
}

bool divides_cores(const RunOptions& options) {
  return options.decode_threads > 0 || !options.decode_cores.empty();
}

fs::path beside_this_program(const char* name) {
  return fs::read_symlink("/proc/self/exe").parent_path() / name;
}

/// Several workers on one processor share its cores.
int threads_of(const RunOptions& options) {
  const auto cpus = std::ranges::count_if(options.devices, [](const auto& name) { return !is_gpu(name); });
  if (options.threads > 0 || cpus < 2 || !options.cores.empty()) return options.threads;
  return std::max(1, static_cast<int>(std::thread::hardware_concurrency() / cpus));
}

}  // namespace

std::vector<std::string> checked_devices(const std::vector<std::string>& devices) {
  std::vector<std::string> checked, names;
  bool some_denoise = false;
  for (const std::string& text : devices) {
    const Choice choice = choice_from(text);
    if (std::ranges::count(names, choice.name) > 0)
      throw input_error("device {} is named twice", choice.name);
    names.push_back(choice.name);
    checked.push_back(choice.name + (choice.memory.empty() ? "" : "@" + choice.memory) +
                      (choice.role.empty() ? "" : "=" + choice.role));
    some_denoise = some_denoise || choice.role != "decode";
  }
  if (!some_denoise) throw input_error("every device decodes only: one has to denoise");
  return checked;
}

std::vector<std::string> names_of(std::span<const DeviceSpec> devices) {
  std::vector<std::string> names;
  for (const DeviceSpec& device : devices) names.push_back(device.name);
  return names;
}

std::vector<DeviceSpec> device_specs(const RunOptions& options) {
  const std::vector<DeviceInfo> known = list_devices();
  const auto cpus = std::ranges::count_if(options.devices, [](const auto& name) { return !is_gpu(name); });
  std::vector<DeviceSpec> specs;
  for (const std::string& text : options.devices) {
    const Choice choice = choice_from(text);
    const auto& [name, memory, role] = choice;
    const std::int64_t limit = limit_of(choice, options);
    const bool beside = role.empty() && (is_gpu(name) || divides_cores(options));
    const double usable = kUsableShare * static_cast<double>(total_bytes(name, known, cpus));
    specs.push_back({.name = name,
                     .bytes = limit > 0 ? limit : static_cast<std::int64_t>(usable),
                     .lanes = role == "decode" ? 0 : 1,
                     .decode_lanes = role == "decode" || beside ? 1 : 0});
  }
  return specs;
}

/// Threads of a kernel wait for each other by spinning, of GNU's OpenMP for milliseconds: where something
/// else takes a core, each of them is lost, and a clip takes ten times as long. So short a time costs nothing
/// elsewhere.
constexpr const char* kSpinCount = "1000";

/// A clip is rendered and encoded by threads of its own. With an arena for each of them the allocator keeps
/// what every clip left, 100 MiB of 400 after twenty clips of 1080p; one is no slower.
constexpr const char* kArenas = "1";

/// What a thread's cache keeps counts as in use, and comes and goes with threads: without these caches the
/// heap holds after each clip exactly what it held before, or there is a leak.
constexpr const char* kExactHeap = "glibc.malloc.tcache_count=0";

/// Of a device's limit: a worker that left so much is replaced.
constexpr std::int64_t kLeakedPart = 20;

WorkerCommands worker_commands(const RunOptions& options) {
  const std::string threads = std::to_string(threads_of(options));
  WorkerCommand engine{options.worker.empty() ? beside_this_program("clipmill-worker") : options.worker,
                       {"--threads", threads}};
  const auto add = [&](const char* flag, const std::string& value) {
    if (!value.empty()) engine.arguments.insert(engine.arguments.end(), {flag, value});
  };
  if (!std::getenv("OMP_WAIT_POLICY")) engine.environment["GOMP_SPINCOUNT"] = kSpinCount;
  engine.environment["MALLOC_ARENA_MAX"] = kArenas;
  for (const std::string& text : options.devices) {
    const Choice choice = choice_from(text);
    OfDevice& own = engine.of_device[choice.name];
    if (const std::int64_t limit = limit_of(choice, options)) {
      own.arguments = {"--vram", std::to_string(limit)};
      own.most_leaked = std::min(own.most_leaked, limit / kLeakedPart);
    }
    if (options.leaks) own.most_leaked = kNoLimit;  // which are to be seen, all in one worker
  }
  if (options.leaks) {
    engine.arguments.emplace_back("--leaks");
    engine.environment["GLIBC_TUNABLES"] = kExactHeap;
  }
  add("--cores", options.cores);
  add("--decode-threads", options.decode_threads > 0 ? std::to_string(options.decode_threads) : "");
  add("--decode-cores", options.decode_cores);
  return {std::move(engine),
          {beside_this_program("clipmill-command"), {"--threads", std::to_string(options.threads)}}};
}

}  // namespace clipmill
