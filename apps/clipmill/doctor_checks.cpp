#include "clipmill/doctor_checks.h"

#include <fmt/format.h>
#include <sqlite3.h>

#include <algorithm>
#include <functional>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/process.h"
#include "base/units.h"
#include "base/version.h"
#include "checkpoint/find_models.h"
#include "checkpoint/model_folder.h"
#include "cost/model_summary.h"
#include "fleet/devices.h"
#include "fleet/program_output.h"
#include "media/font.h"
#include "media/versions.h"

namespace clipmill {
namespace fs = std::filesystem;
namespace {

constexpr std::int64_t kGiB = std::int64_t{1} << 30;
constexpr std::int64_t kLittleMemory = 2 * kGiB;
constexpr std::int64_t kLittleDisk = 5 * kGiB;
constexpr std::int64_t kNoDisk = kGiB / 10;

using Checks = std::vector<Check>;

Check device(const DeviceInfo& info) {
  if (info.total_bytes == 0) {
    return {info.name, CheckResult::kError, info.description,
            "nvidia-smi tells more; reload the driver or reboot"};
  }
  const std::string text = fmt::format("{}, {} of {} free", info.description, format_bytes(info.free_bytes),
                                       format_bytes(info.total_bytes));
  if (info.free_bytes >= kLittleMemory) return {info.name, CheckResult::kOk, text, ""};
  return {info.name, CheckResult::kWarning, text, "little memory is free: end what else runs there"};
}

Checks devices(const DoctorOptions&) {
  Checks checks;
  for (const DeviceInfo& info : list_devices()) checks.push_back(device(info));
  return checks;
}

bool has_gpu() {
  return std::ranges::any_of(list_devices(),
                             [](const DeviceInfo& info) { return info.name.starts_with("cuda"); });
}

/// The worker's JSON answer. Throws Error(kWorker) saying why there is none.
nlohmann::json ask_worker(const fs::path& worker) {
  const ProgramOutput ran = run_program(worker, {"--version"});
  if (ran.status != 0) {
    throw Error(ErrorKind::kWorker, fmt::format("{} --version ended with {}: {}", worker.string(),
                                                describe_wait_status(ran.status), ran.errors));
  }
  return nlohmann::json::parse(ran.output);
}

Check judge_worker(const nlohmann::json& answer) {
  const auto version = answer.at("version").get<std::string>();
  const bool cuda = answer.at("cuda").get<bool>();
  const std::string text =
      fmt::format("{}, torch {} {} CUDA, {} threads", version, answer.at("torch").get<std::string>(),
                  cuda ? "with" : "without", answer.at("threads").get<int>());
  if (version != kVersion) {
    return {"worker", CheckResult::kError, fmt::format("{}; this is clipmill {}", text, kVersion),
            "build both again: make"};
  }
  if (!cuda && has_gpu()) {
    return {"worker", CheckResult::kWarning, text + ": the GPUs cannot be used",
            "give make a CUDA build of torch: make TORCH=…"};
  }
  return {"worker", CheckResult::kOk, text, ""};
}

Checks worker(const DoctorOptions& options) {
  try {
    return {judge_worker(ask_worker(options.worker))};
  } catch (const std::exception& error) {
    return {{"worker", CheckResult::kError, error.what(), "build it: make; it belongs beside clipmill"}};
  }
}

Checks libraries(const DoctorOptions&) {
  std::string versions = fmt::format("SQLite {}, fmt {}.{}.{}", sqlite3_libversion(), FMT_VERSION / 10000,
                                     FMT_VERSION / 100 % 100, FMT_VERSION % 100);
  for (const auto& [name, version] : av_versions()) versions += fmt::format(", {} {}", name, version);
  return {{"libraries", CheckResult::kOk, versions, ""}};
}

Checks video(const DoctorOptions&) {
  if (!has_encoder("libx264")) {
    return {{"video", CheckResult::kError, "libavcodec has no x264: no clip can be written",
             "install a libavcodec that was built with x264, as Debian's libavcodec59 is"}};
  }
  for (const char* filter : {"scale", "fps", "drawtext"}) {
    if (!has_filter(filter)) {
      return {{"video", CheckResult::kError, fmt::format("libavfilter has no filter {}", filter),
               "install a complete libavfilter, as Debian's libavfilter8 is"}};
    }
  }
  return {{"video", CheckResult::kOk, "H.264 by x264; scaling, frame rates and labels", ""}};
}

Checks fonts(const DoctorOptions&) {
  Checks checks;
  for (const char* label : {"AI-generated", "AI生成"}) {
    try {
      const fs::path font = find_font(label);
      checks.push_back({"font", CheckResult::kOk,
                        fmt::format("{} for the label {}", font.filename().string(), label), ""});
    } catch (const Error& error) {
      checks.push_back({"font", CheckResult::kWarning, error.what(), error.hint()});
    }
  }
  return checks;
}

Checks disk(const DoctorOptions& options) {
  std::error_code error;
  const fs::space_info space = fs::space(options.folder, error);
  if (error) {
    return {{"disk", CheckResult::kError, fmt::format("{}: {}", options.folder.string(), error.message()),
             "give another folder"}};
  }
  const auto free = static_cast<std::int64_t>(space.available);
  const CheckResult result = free < kNoDisk       ? CheckResult::kError
                             : free < kLittleDisk ? CheckResult::kWarning
                                                  : CheckResult::kOk;
  return {{"disk", result, fmt::format("{} free in {}", format_bytes(free), options.folder.string()),
           result == CheckResult::kOk ? "" : "free some space, or write clips elsewhere"}};
}

Check model(const fs::path& folder) {
  try {
    const ModelSummary summary = summarize(ModelFolder::open(folder));
    return {"model", CheckResult::kOk,
            fmt::format("{}: {}, {}", folder.string(), summary.pipeline, format_bytes(summary.bytes())), ""};
  } catch (const Error& error) {
    return {"model", CheckResult::kError, error.what(), error.hint()};
  }
}

Checks models(const DoctorOptions& options) {
  const std::string hint = "put checkpoints in the Diffusers layout there, or give run --model FOLDER";
  if (!fs::is_directory(options.models)) {
    return {{"model", CheckResult::kWarning, fmt::format("there is no folder {}", options.models.string()),
             hint}};
  }
  Checks checks;
  for (const fs::path& folder : find_models(options.models)) checks.push_back(model(folder));
  if (!checks.empty()) return checks;
  return {{"model", CheckResult::kWarning, fmt::format("no model in {}", options.models.string()), hint}};
}

// What there is to look at: another check is a line here.
const std::vector<std::function<Checks(const DoctorOptions&)>>& examinations() {
  static const std::vector<std::function<Checks(const DoctorOptions&)>> all = {
      devices, worker, libraries, video, fonts, disk, models,
  };
  return all;
}

}  // namespace

std::string_view to_string(CheckResult result) {
  switch (result) {
    case CheckResult::kWarning:
      return "warning";
    case CheckResult::kError:
      return "error";
    case CheckResult::kOk:
      break;
  }
  return "ok";
}

std::vector<Check> examine(const DoctorOptions& options) {
  Checks report;
  for (const auto& examination : examinations()) {
    try {
      for (Check& check : examination(options)) report.push_back(std::move(check));
    } catch (const std::exception& error) {
      report.push_back({"doctor", CheckResult::kError, error.what(), ""});
    }
  }
  return report;
}

}  // namespace clipmill
