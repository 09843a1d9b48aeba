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
  std::string name, role;  // "cuda:1"; "", "denoise" or "decode"
};

Choice choice_from(const std::string& text) {
  static const std::regex kChoice("((cpu|cuda)(:[0-9]{1,3})?)(=(denoise|decode))?");
  std::smatch parts;
  if (!std::regex_match(text, parts, kChoice)) {
    throw Error(ErrorKind::kInput, fmt::format("no device \"{}\"", text),
                "a device is cpu, cpu:N or cuda:N, with =denoise or =decode behind it if it does only that");
  }
  return {parts[3].matched ? parts[1].str() : parts[1].str() + ":0", parts[5].str()};
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
    checked.push_back(choice.role.empty() ? choice.name : choice.name + "=" + choice.role);
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
    const auto [name, role] = choice_from(text);
    const bool beside = role.empty() && (is_gpu(name) || divides_cores(options));
    const double usable = kUsableShare * static_cast<double>(total_bytes(name, known, cpus));
    specs.push_back(
        {.name = name,
         .bytes = options.vram.empty() ? static_cast<std::int64_t>(usable) : parse_bytes(options.vram),
         .lanes = role == "decode" ? 0 : 1,
         .decode_lanes = role == "decode" || beside ? 1 : 0});
  }
  return specs;
}

/// Threads of a kernel wait for each other by spinning, of GNU's OpenMP for milliseconds: where something
/// else takes a core, each of them is lost, and a clip takes ten times as long. So short a time costs nothing
/// elsewhere.
constexpr const char* kSpinCount = "1000";

WorkerCommands worker_commands(const RunOptions& options) {
  const std::string threads = std::to_string(threads_of(options));
  WorkerCommand engine{options.worker.empty() ? beside_this_program("clipmill-worker") : options.worker,
                       {"--threads", threads}};
  const auto add = [&](const char* flag, const std::string& value) {
    if (!value.empty()) engine.arguments.insert(engine.arguments.end(), {flag, value});
  };
  if (!std::getenv("OMP_WAIT_POLICY")) engine.environment["GOMP_SPINCOUNT"] = kSpinCount;
  if (!options.vram.empty()) add("--vram", std::to_string(parse_bytes(options.vram)));
  if (options.leaks) engine.arguments.emplace_back("--leaks");
  add("--cores", options.cores);
  add("--decode-threads", options.decode_threads > 0 ? std::to_string(options.decode_threads) : "");
  add("--decode-cores", options.decode_cores);
  return {std::move(engine),
          {beside_this_program("clipmill-command"), {"--threads", std::to_string(options.threads)}}};
}

}  // namespace clipmill
