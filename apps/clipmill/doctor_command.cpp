// clipmill doctor: what this machine has, what is wrong with it, and how to mend it.
#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>

#include "clipmill/command.h"
#include "clipmill/doctor_checks.h"
#include "clipmill/json_output.h"

namespace clipmill {
namespace fs = std::filesystem;
namespace {

struct DoctorCommandOptions {
  std::string worker, models = "models", folder = ".";
  bool json = false;
};

bool has_error(const std::vector<Check>& checks) {
  return std::ranges::any_of(checks, [](const Check& check) { return check.result == CheckResult::kError; });
}

void print_json(const std::vector<Check>& checks) {
  auto list = nlohmann::json::array();
  for (const Check& check : checks) {
    list.push_back({{"name", check.name},
                    {"health", to_string(check.result)},
                    {"text", check.text},
                    {"hint", check.hint}});
  }
  const nlohmann::json report = {{"ok", !has_error(checks)}, {"checks", list}};
  print_indented(report);
}

void print_text(const std::vector<Check>& checks) {
  for (const Check& check : checks) {
    fmt::print("{:<9}{:<11}{}\n", to_string(check.result), check.name, check.text);
    if (!check.hint.empty()) fmt::print("{:<20}hint: {}\n", "", check.hint);
  }
}

fs::path worker_of(const DoctorCommandOptions& options) {
  if (!options.worker.empty()) return options.worker;
  return fs::read_symlink("/proc/self/exe").parent_path() / "clipmill-worker";
}

int run(const DoctorCommandOptions& options) {
  const std::vector<Check> checks =
      examine({worker_of(options), options.models, fs::absolute(options.folder).lexically_normal()});
  options.json ? print_json(checks) : print_text(checks);
  return has_error(checks) ? kSomeFailed : kAllDone;
}

}  // namespace

void add_doctor_command(CLI::App& app, int& exit_code) {
  CLI::App* command =
      app.add_subcommand("doctor", "Devices, memory, libraries, models: what is wrong, and how to mend it");
  const auto options = std::make_shared<DoctorCommandOptions>();
  command->add_option("--models", options->models, "folder with model folders")
      ->type_name("FOLDER")
      ->capture_default_str();
  command->add_option("--folder", options->folder, "where clips would go")
      ->type_name("FOLDER")
      ->capture_default_str();
  command
      ->add_option("--worker", options->worker,
                   "the engine's program; default: clipmill-worker beside this one")
      ->type_name("FILE");
  command->add_flag("--json", options->json, "one JSON object, for programs");
  command->callback([options, &exit_code] { exit_code = run(*options); });
}

}  // namespace clipmill
