#include "cost/job_estimates.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <filesystem>

#include "base/error.h"
#include "base/units.h"
#include "core/job_fields.h"
#include "core/memory_ladder.h"
#include "cost/plan_seconds.h"

namespace clipmill {
namespace {

constexpr double kUnknownSeconds = 60;
constexpr std::array kClipStages = {Stage::kEncodeText, Stage::kDenoise, Stage::kDecode, Stage::kRender,
                                    Stage::kEncodeVideo};

/// A script is told from others by its program and first argument: "python make.py".
std::string program_of(const JobSpec& job) {
  const auto& words = job.command.words;
  return fmt::format(
      "{}", fmt::join(words.begin(), words.begin() + std::min<std::ptrdiff_t>(2, std::ssize(words)), " "));
}

/// Plans that run a stage alike share their measurements.
std::string plan_text(const JobSpec& job, const MemoryPlan& plan, Stage stage) {
  const std::string precision(to_string(job.clip.precision)), how = to_string(plan, stage);
  const bool planned = std::ranges::find(kPlannedStages, stage) != kPlannedStages.end();
  return planned && how != to_string(MemoryPlan(), stage) ? fmt::format("{}, {}", precision, how) : precision;
}

StageKey key_of(const JobSpec& job, const StageSetting& setting, Stage stage) {
  const std::string device(setting.device);
  if (job.kind == JobKind::kCommand) return {program_of(job), device, "command", stage};
  return {job.model, device, plan_text(job, setting.plan, stage), stage};
}

/// Stages that overlap count by their longest.
double seconds_of(const std::vector<ExpectedStage>& stages) {
  double one_by_one = 0, side_by_side = 0;
  for (const auto& [stage, work, estimate] : stages) {
    if (overlaps(stage)) {
      side_by_side = std::max(side_by_side, estimate.seconds);
    } else {
      one_by_one += estimate.seconds;
    }
  }
  return one_by_one + side_by_side;
}

std::int64_t reservation_of(const std::vector<ExpectedStage>& stages) {
  std::int64_t most = 0;
  for (const ExpectedStage& stage : stages) most = std::max(most, stage.estimate.reservation);
  return most;
}

}  // namespace

JobEstimates::JobEstimates(std::span<const Measurement> measurements, std::span<const OutOfMemory> failures) {
  for (const Measurement& measurement : measurements) estimator_.add(measurement);
  for (const OutOfMemory& failure : failures) estimator_.add(failure);
}

const ModelCost* JobEstimates::cost_of(const JobSpec& job) {
  if (job.kind != JobKind::kClip) return nullptr;
  const auto [found, fresh] = costs_.try_emplace(job.model);
  if (fresh) {
    try {
      found->second = ModelCost::of(ModelFolder::open(job.model));
    } catch (const std::exception&) {  // the job itself will say what is wrong with it
    }
  }
  return found->second ? &*found->second : nullptr;
}

/// As a worker tells resident models apart: by folder, precision and LoRAs.
int JobEstimates::number_of(const JobSpec& job) {
  std::string what = job.model;
  for (const std::string& part :
       {std::string(to_string(job.clip.precision)), format_loras(job.loras), format_loras(job.loras_2)}) {
    what += '\n' + part;
  }
  return numbers_.try_emplace(what, static_cast<int>(numbers_.size())).first->second;
}

/// What demand() looks at beside the model.
int JobEstimates::like(const JobSpec& job, int model) {
  const ClipSpec& clip = job.clip;
  std::string what = fmt::format(
      "{} {}x{} {} {} {} {} {} {} {}x{} {} {} {} {} {}", model, clip.width, clip.height, clip.frames,
      clip.fps, clip.steps, clip.guidance > 1, prompt_tokens(clip), clip.max_text_tokens, clip.output_width,
      clip.output_height, clip.output_fps, job.memory_plan ? to_string(*job.memory_plan) : "",
      job.approximate, static_cast<int>(job.kind), job.command.memory_bytes);
  if (job.kind == JobKind::kCommand) what += program_of(job);
  return likes_.try_emplace(what, static_cast<int>(likes_.size())).first->second;
}

/// Of the files that are fused into its transformers; one that is not there the job itself will tell of.
double JobEstimates::lora_bytes(const JobSpec& job) {
  double bytes = 0;
  for (const auto* loras : {&job.loras, &job.loras_2}) {
    for (const LoraChoice& lora : *loras) {
      const auto [known, is_new] = file_bytes_.try_emplace(lora.path);
      std::error_code none;
      if (is_new) known->second = static_cast<double>(std::filesystem::file_size(lora.path, none));
      if (none) known->second = 0;
      bytes += known->second;
    }
  }
  return bytes;
}

/// Of programs nothing is known but that each run is as much work as the one before.
std::optional<StageWork> JobEstimates::work(const JobSpec& job, Stage stage, const StageSetting& setting) {
  if (job.kind == JobKind::kCommand && stage == Stage::kCommand) return StageWork{1, 1};
  const ModelCost* cost = cost_of(job);
  if (!cost) return std::nullopt;
  StageSetting with_loras = setting;
  if (stage == Stage::kDenoise) with_loras.lora_bytes = lora_bytes(job);
  return work_of(*cost, job.clip, stage, with_loras);
}

std::optional<ExpectedStage> JobEstimates::expected(const JobSpec& job, Stage stage,
                                                    const StageSetting& setting) {
  const auto work = this->work(job, stage, setting);
  if (!work) return std::nullopt;
  return ExpectedStage{stage, *work, estimator_.estimate(key_of(job, setting, stage), *work)};
}

/// By which the plan is expected to take longer, where nothing that was measured tells of it.
double JobEstimates::slower_than_default(const JobSpec& job, Stage stage, const StageSetting& setting,
                                         Basis basis) {
  const bool planned = std::ranges::find(kPlannedStages, stage) != kPlannedStages.end();
  if (!planned || (basis != Basis::kNone && basis != Basis::kStage)) return 1;
  const ModelCost& cost = *cost_of(job);
  return plan_seconds(cost, job.clip, stage, setting) /
         plan_seconds(cost, job.clip, stage, {setting.device, MemoryPlan(), setting.part});
}

std::vector<ExpectedStage> JobEstimates::stages(const JobSpec& job, const StageSetting& setting) {
  std::vector<ExpectedStage> all;
  const auto add = [&](Stage stage) {
    auto one = expected(job, stage, setting);
    if (!one) return;
    const double slower = slower_than_default(job, stage, setting, one->estimate.basis);
    one->estimate.seconds *= slower, one->estimate.seconds_p90 *= slower;
    all.push_back(*one);
  };
  if (job.kind == JobKind::kCommand) {
    add(Stage::kCommand);
  } else {
    for (const Stage stage : kClipStages) add(stage);
  }
  return all;
}

/// `bytes`: which of an estimate count, the reservation or the expected peak.
PlanCosts JobEstimates::costs_of_plans(const JobSpec& job, const std::string& device, Part part,
                                       std::int64_t StageEstimate::*bytes) {
  return {.peak = [=, this, &job, &device](const MemoryPlan& plan, Stage stage) -> std::int64_t {
            if (!belongs(stage, part)) return 0;
            const auto one = expected(job, stage, {device, plan, part});
            return one ? one->estimate.*bytes : 0;
          },
          .seconds =
              [=, this, &job, &device](const MemoryPlan& plan, Stage stage) {
                const ModelCost* cost = belongs(stage, part) ? cost_of(job) : nullptr;
                return cost ? plan_seconds(*cost, job.clip, stage, {device, plan, part}) : 0;
              }};
}

/// What is exact goes before what is not, also where it fits without a margin only: should it not, the clip
/// goes on under a smaller plan.
PlanChoice JobEstimates::choose(const JobSpec& job, const DeviceSpec& device, Part part) {
  const PlanCosts costs = costs_of_plans(job, device.name, part, &StageEstimate::reservation);
  const PlanChoice exact = fastest_plan(device.bytes, costs);
  if (exact.fits || !job.approximate) return exact;
  const PlanChoice tight =
      fastest_plan(device.bytes, costs_of_plans(job, device.name, part, &StageEstimate::bytes));
  return tight.fits ? tight : fastest_plan(device.bytes, costs, /*int8=*/true);
}

MemoryPlan JobEstimates::plan(const JobSpec& job, const DeviceSpec& device, Part part) {
  return job.memory_plan ? *job.memory_plan : choose(job, device, part).plan;
}

std::string JobEstimates::why(const JobSpec& job, const MemoryPlan& plan, const DeviceSpec& device,
                              Part part) {
  if (job.kind != JobKind::kClip) return "";
  if (job.memory_plan) return "asked for";
  const PlanCosts costs = costs_of_plans(job, device.name, part, &StageEstimate::reservation);
  const auto peak = [&](const MemoryPlan& of) {
    std::int64_t most = 0;
    for (const Stage stage : kPlannedStages) most = std::max(most, costs.peak(of, stage));
    return most;
  };
  if (plan == MemoryPlan())
    return fmt::format("everything stays: {} with a margin", format_bytes(peak(plan)));
  return fmt::format(
      "the fastest that is expected to fit into {}: {} with a margin, where resident would take {}",
      format_bytes(device.bytes), format_bytes(peak(plan)), format_bytes(peak(MemoryPlan())));
}

std::int64_t JobEstimates::floor(const JobSpec& job, const std::string& device) {
  if (job.kind != JobKind::kClip) return 0;
  const auto [known, is_new] = floors_.try_emplace({like(job, number_of(job)), device});
  if (!is_new) return known->second;
  const auto peak = [&](const MemoryPlan& plan, Stage stage) {
    const auto one = work(job, stage, {device, plan});
    return one ? static_cast<std::int64_t>(std::ceil(std::min(one->bytes, 0x1p62))) : 0;
  };
  return known->second = smallest_peak({.peak = peak}, job.approximate);
}

std::vector<ExpectedStage> JobEstimates::loads(const JobSpec& job, const std::string& device) {
  std::vector<ExpectedStage> expected;
  const ModelCost* cost = cost_of(job);
  if (!cost) return expected;
  for (const Stage user : kPlannedStages) {
    const StageWork work = load_work(*cost, job.clip, user);
    expected.push_back({Stage::kLoad, work, estimator_.estimate(key_of(job, {device}, Stage::kLoad), work)});
  }
  return expected;
}

Demand JobEstimates::demand_of_command(const JobSpec& job, const DeviceSpec& device) {
  const StageEstimate estimate = stages(job, {device.name}).front().estimate;
  const bool known = estimate.basis == Basis::kSame || estimate.basis == Basis::kModel;
  const std::int64_t declared = job.command.memory_bytes;
  const std::int64_t learned = known ? std::min(estimate.reservation, device.bytes) : device.bytes;
  const int model = number_of(job);
  return {.model = model,
          .seconds = known ? estimate.seconds : kUnknownSeconds,
          .bytes = declared > 0 ? declared : learned,
          .within = device.bytes,
          .fits = (declared > 0 ? declared : estimate.reservation) <= device.bytes,
          // Not where it did not fit into half of that.
          .guessed = declared == 0 && !known && estimate.reservation < device.bytes,
          .like = like(job, model)};
}

Demand JobEstimates::demand(const JobSpec& job, const DeviceSpec& device, Part part) {
  if (job.kind == JobKind::kCommand) return demand_of_command(job, device);
  const MemoryPlan plan = this->plan(job, device, part);
  std::vector<ExpectedStage> expected = stages(job, {device.name, plan, part}),
                             loading = loads(job, device.name);
  std::erase_if(expected, [&](const ExpectedStage& each) { return !belongs(each.stage, part); });
  if (part != Part::kWhole && !loading.empty())  // the decoder is loaded last
    part == Part::kDecode ? loading.erase(loading.begin(), loading.end() - 1)
                          : loading.erase(loading.end() - 1);
  const int model = number_of(job);
  if (expected.empty())
    return {.model = model, .seconds = kUnknownSeconds, .bytes = device.bytes, .guessed = true};
  // A component that does not stay takes no more to load than in its stage.
  const std::int64_t to_load = plan.resident ? reservation_of(loading) : 0;
  const std::int64_t most = std::max(reservation_of(expected), to_load);
  return {.model = model,
          .seconds = seconds_of(expected),
          .load_seconds = seconds_of(loading),
          .bytes = std::min(most, device.bytes),
          .plan = plan,
          .within = device.bytes,
          .fits = most <= device.bytes,
          .like = like(job, model)};
}

Measurement JobEstimates::remember(const StageKey& key, const JobSpec& job, const StageWork& work,
                                   const StageFinished& stage) {
  const Measurement measurement{key, shape_of(job.clip), work, stage.seconds, stage.peak_bytes};
  estimator_.add(measurement);
  return measurement;
}

std::vector<Measurement> JobEstimates::learn(const JobSpec& job, const std::string& device,
                                             const StageFinished& stage, Part part) {
  if (stage.stage == Stage::kLoad) {
    StageFinished& load =
        loads_.try_emplace({device, job.output}, StageFinished{Stage::kLoad, 0, 0}).first->second;
    load.seconds += stage.seconds;  // a new model's first component: its files are opened before
    load.peak_bytes = std::max(load.peak_bytes, stage.peak_bytes);
    return {};
  }
  const auto load = loads_.extract({device, job.output});
  const StageSetting setting{device, stage.plan, part};
  const auto work = this->work(job, stage.stage, setting);
  if (!work) return {};
  std::vector<Measurement> learned;
  if (const ModelCost* cost = cost_of(job); cost && load) {
    learned.push_back(remember(key_of(job, setting, Stage::kLoad), job,
                               load_work(*cost, job.clip, stage.stage), load.mapped()));
  }
  StageFinished whole = stage;
  // Of a clip for which components were still to be loaded the others were not all there.
  if (stage.plan.resident)
    whole.peak_bytes = std::max(whole.peak_bytes, static_cast<std::int64_t>(work->bytes));
  // A preview takes what is left, and none where there is nothing: no clip needs room for it.
  if (job.preview_every > 0)
    whole.peak_bytes = std::min(whole.peak_bytes, static_cast<std::int64_t>(work->bytes));
  // What loading took counts as the stage's: a plan has to hold it, too.
  if (load) whole.peak_bytes = std::max(whole.peak_bytes, load.mapped().peak_bytes);
  learned.push_back(remember(key_of(job, setting, stage.stage), job, *work, whole));
  return learned;
}

std::optional<OutOfMemory> JobEstimates::learn_out_of_memory(const JobSpec& job, const StageSetting& setting,
                                                             Stage stage, std::int64_t reserved) {
  const auto work = this->work(job, stage, setting);
  if (!work) return std::nullopt;
  const OutOfMemory failure{key_of(job, setting, stage), shape_of(job.clip), *work, reserved};
  estimator_.add(failure);
  return failure;
}

}  // namespace clipmill
