// clipmill models: what lies in model folders and what it can do.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "checkpoint/find_models.h"
#include "clipmill/command.h"
#include "clipmill/json_output.h"
#include "cost/model_summary.h"

namespace clipmill {
namespace {

struct ModelsCommandOptions {
  std::vector<std::string> folders = {"models"};
  bool json = false;
};

/// A folder's summary, or why there is none.
struct Finding {
  std::filesystem::path path;
  std::optional<ModelSummary> summary;
  std::optional<Error> error;
};

Finding inspect(const std::filesystem::path& path) {
  try {
    return {path, summarize(ModelFolder::open(path)), std::nullopt};
  } catch (const Error& error) {
    return {path, std::nullopt, error};
  }
}

std::vector<Finding> inspect_all(const ModelsCommandOptions& options) {
  std::vector<Finding> findings;
  for (const std::string& folder : options.folders) {
    for (const auto& path : find_models(folder)) findings.push_back(inspect(path));
  }
  return findings;
}

nlohmann::json to_json(const Finding& finding) {
  if (finding.summary) return to_json(*finding.summary);
  return {{"path", finding.path.string()}, {"error", finding.error->what()}, {"hint", finding.error->hint()}};
}

void print_json(const std::vector<Finding>& findings) {
  nlohmann::json list = nlohmann::json::array();
  for (const Finding& finding : findings) list.push_back(to_json(finding));
  print_indented(list);
}

void print_text(const std::vector<Finding>& findings) {
  for (const Finding& finding : findings) {
    if (finding.summary) {
      fmt::print("{}", to_text(*finding.summary));
      continue;
    }
    fmt::print(stderr, "{}: cannot be used: {}\n", finding.path.string(), finding.error->what());
    if (!finding.error->hint().empty()) fmt::print(stderr, "  hint: {}\n", finding.error->hint());
  }
}

int run(const ModelsCommandOptions& options) {
  const std::vector<Finding> findings = inspect_all(options);
  options.json ? print_json(findings) : print_text(findings);
  return std::ranges::all_of(findings, [](const Finding& finding) { return finding.summary.has_value(); })
             ? kAllDone
             : kSomeFailed;
}

}  // namespace

void add_models_command(CLI::App& app, int& exit_code) {
  auto* command = app.add_subcommand("models", "What is in a model folder, and what it can make");
  const auto options = std::make_shared<ModelsCommandOptions>();
  command->add_option("folder", options->folders, "Model folders, or folders that hold some")
      ->capture_default_str();
  command->add_flag("--json", options->json, "One JSON object a model, for programs");
  command->callback([options, &exit_code] { exit_code = run(*options); });
}

}  // namespace clipmill
