// clipmill estimates: what jobs will take before anything runs, and how good such predictions were.
#include <fmt/format.h>

#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/units.h"
#include "clipmill/byte_check.h"
#include "clipmill/clip_list.h"
#include "clipmill/command.h"
#include "clipmill/job_flags.h"
#include "clipmill/json_output.h"
#include "clipmill/known_estimates.h"
#include "core/memory_ladder.h"
#include "cost/estimate_review.h"

namespace clipmill {
namespace fs = std::filesystem;
namespace {

constexpr const char* kEstimatesAbout =
    "Shows predicted beside measured seconds and bytes, or predicts clips that have not run.\n"
    "\n"
    "  clipmill estimates --store clips/.clipmill            how good predictions were\n"
    "  clipmill estimates shots.toml --device cuda:0         what these clips will take\n"
    "  clipmill estimates --model models/shapes --prompt \"a red circle\" --size 64x64 --frames 17\n"
    "\n"
    "A store may be in use: it is only read. \"ahead\" is the median error of predictions made before each "
    "measurement,\n"
    "\"over\" how many measured peaks were above what would have been reserved.\n"
    "Exit code: 0 done, 2 wrong usage or input.";

struct EstimatesCommandOptions {
  ClipListOptions clips;
  EstimateSource source;
  std::string vram;
  bool json = false;
};

std::string shape_text(const ClipShape& shape) {
  return fmt::format("{}x{}x{} {}{}", shape.width, shape.height, shape.frames, shape.steps,
                     shape.guided ? "g" : "");
}

// --- how good predictions were

nlohmann::ordered_json to_json(const ReviewRow& row) {
  return {{"model", row.key.model},
          {"device", row.key.device},
          {"plan", row.key.plan},
          {"stage", to_string(row.key.stage)},
          {"width", row.shape.width},
          {"height", row.shape.height},
          {"frames", row.shape.frames},
          {"steps", row.shape.steps},
          {"guided", row.shape.guided},
          {"measurements", row.measurements},
          {"measured_seconds", row.measured_seconds},
          {"predicted_seconds", row.predicted.seconds},
          {"predicted_seconds_p90", row.predicted.seconds_p90},
          {"relative_error", row.error},
          {"median_error_ahead", row.error_ahead},
          {"measured_peak_bytes", row.measured_peak},
          {"predicted_bytes", row.predicted.bytes},
          {"reserved_bytes", row.predicted.reservation},
          {"predicted_ahead", row.ahead},
          {"over_reservation", row.over}};
}

void print_review(const std::vector<ReviewRow>& rows) {
  std::string model, device, plan;
  for (const ReviewRow& row : rows) {
    if (std::tie(model, device, plan) != std::tie(row.key.model, row.key.device, row.key.plan)) {
      std::tie(model, device, plan) = std::tie(row.key.model, row.key.device, row.key.plan);
      fmt::print("{} on {}, {}\n", model, device, plan);
      fmt::print("  {:<13}{:<20}{:>5}{:>10}{:>11}{:>8}{:>8}{:>12}{:>12}{:>6}\n", "stage", "clip, steps", "n",
                 "measured", "predicted", "error", "ahead", "peak", "reserved", "over");
    }
    fmt::print("  {:<13}{:<20}{:>5}{:>10}{:>11}{:>+7.0f}%{:>8}{:>12}{:>12}{:>6}\n", to_string(row.key.stage),
               shape_text(row.shape), row.measurements, format_seconds(row.measured_seconds),
               format_seconds(row.predicted.seconds), 100 * row.error,
               row.ahead > 0 ? fmt::format("{:.0f}%", 100 * row.error_ahead) : "-",
               format_bytes(row.measured_peak), format_bytes(row.predicted.reservation),
               row.ahead > 0 ? fmt::format("{}/{}", row.over, row.ahead) : "-");
  }
}

int review(const EstimatesCommandOptions& options) {
  const std::vector<ReviewRow> rows =
      review_estimates(measurements_of(read_measurements(store_file(options.source, fs::absolute("clips")))));
  if (options.json) {
    nlohmann::ordered_json list = nlohmann::json::array();
    for (const ReviewRow& row : rows) list.push_back(to_json(row));
    print_indented(list);
  } else if (rows.empty()) {
    fmt::print("nothing was measured yet\n");
  } else {
    print_review(rows);
  }
  return kAllDone;
}

// --- what clips will take

struct Prediction {
  std::string output;
  std::vector<ExpectedStage> stages;
  Demand demand;
  std::string why;  // its plan
};

std::vector<Prediction> predict(const EstimatesCommandOptions& options, const JobFlags& flags) {
  const auto [manifest, folder] = clip_list(options.clips, flags);
  JobEstimates estimates = known_estimates(options.source, folder);
  DeviceSpec device{.name = options.source.device, .bytes = std::int64_t{1} << 62};
  if (!options.vram.empty()) device.bytes = parse_bytes(options.vram);
  std::vector<Prediction> predictions;
  for (const JobSpec& job : manifest.jobs) {
    const Demand demand = estimates.demand(job, device);
    std::vector<ExpectedStage> stages = estimates.stages(job, {device.name, demand.plan});
    if (stages.empty()) ModelFolder::open(job.model);  // throws, saying what is wrong with it
    predictions.push_back({job.output, std::move(stages), demand, estimates.why(job, demand.plan, device)});
  }
  return predictions;
}

nlohmann::ordered_json to_json(const Prediction& prediction) {
  nlohmann::ordered_json stages = nlohmann::json::array();
  for (const auto& [stage, work, estimate] : prediction.stages) {
    stages.push_back({{"stage", to_string(stage)},
                      {"work", work.amount},
                      {"seconds", estimate.seconds},
                      {"seconds_p90", estimate.seconds_p90},
                      {"bytes", estimate.bytes},
                      {"reserved_bytes", estimate.reservation},
                      {"basis", to_string(estimate.basis)},
                      {"measurements", estimate.measurements}});
  }
  return {{"output", prediction.output},
          {"seconds", prediction.demand.seconds},
          {"load_seconds", prediction.demand.load_seconds},
          {"reserved_bytes", prediction.demand.bytes},
          {"plan", to_string(prediction.demand.plan)},
          {"plan_why", prediction.why},
          {"fits", prediction.demand.fits},
          {"stages", std::move(stages)}};
}

/// The least that is known of any of its stages.
Basis weakest(const Prediction& prediction) {
  Basis basis = Basis::kSame;
  for (const ExpectedStage& stage : prediction.stages) basis = std::max(basis, stage.estimate.basis);
  return basis;
}

std::string_view explain(Basis basis) {
  constexpr std::array<std::string_view, 5> kTexts = {"this model here", "this model on another device",
                                                      "other models here", "other models elsewhere",
                                                      "nothing measured: a guess"};
  return kTexts[static_cast<std::size_t>(basis)];
}

void print(const std::vector<Prediction>& predictions) {
  double seconds = 0;
  fmt::print("{:<32}{:>10}{:>10}{:>10}{:>10}{:>12}  {:<28}{}\n", "clip", "denoise", "decode", "in all", "p90",
             "reserved", "known from", "memory plan");
  for (const Prediction& prediction : predictions) {
    double p90 = 0;
    for (const ExpectedStage& stage : prediction.stages)
      if (!overlaps(stage.stage) || stage.stage == Stage::kDecode) p90 += stage.estimate.seconds_p90;
    const auto time = [&](std::size_t stage) {
      return format_seconds(prediction.stages[stage].estimate.seconds);
    };
    fmt::print("{:<32}{:>10}{:>10}{:>10}{:>10}{:>12}  {:<28}{}{}\n",
               fs::path(prediction.output).filename().string(), time(1), time(2),
               format_seconds(prediction.demand.seconds), format_seconds(p90),
               format_bytes(prediction.demand.bytes), explain(weakest(prediction)),
               to_string(prediction.demand.plan), prediction.demand.fits ? "" : ", and that does not fit");
    seconds += prediction.demand.seconds;
  }
  fmt::print("{} clips, {} on one such device\n", predictions.size(), format_seconds(seconds));
}

int run(const EstimatesCommandOptions& options, const JobFlags& flags) {
  if (options.clips.manifest.empty() && flags.given().empty()) return review(options);
  const std::vector<Prediction> predictions = predict(options, flags);
  if (options.json) {
    nlohmann::ordered_json list = nlohmann::json::array();
    for (const Prediction& prediction : predictions) list.push_back(to_json(prediction));
    print_indented(list);
  } else {
    print(predictions);
  }
  return kAllDone;
}

}  // namespace

void add_estimates_command(CLI::App& app, int& exit_code) {
  CLI::App* command = app.add_subcommand("estimates", kEstimatesAbout);
  auto options = std::make_shared<EstimatesCommandOptions>();
  command->add_option("manifest", options->clips.manifest, "clips to predict: .toml, .jsonl or .csv")
      ->type_name("FILE");
  auto flags = std::make_shared<JobFlags>(*command);
  add_clip_list_flags(*command, options->clips);
  add_estimate_flags(*command, options->source);
  command
      ->add_option("--vram", options->vram,
                   "memory of that device: under which plan clips fit; default: any amount")
      ->check(byte_check())
      ->type_name("BYTES");
  command->add_flag("--json", options->json, "figures as JSON");
  command->callback([options, flags, &exit_code] { exit_code = run(*options, *flags); });
}

}  // namespace clipmill
