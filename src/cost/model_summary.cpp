#include "cost/model_summary.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <nlohmann/json.hpp>

#include "base/units.h"
#include "core/job.h"
#include "cost/limits.h"

namespace clipmill {
namespace {

using nlohmann::json;

ComponentSummary summarize(std::string name, std::string class_name, const TensorSource& source) {
  ComponentSummary summary{.name = std::move(name), .class_name = std::move(class_name)};
  for (const auto& file : source.files()) {
    summary.bytes += static_cast<std::int64_t>(file->size());
    for (const TensorInfo& info : file->tensors()) {
      summary.parameters += info.numel();
      ++summary.tensors_of[std::string(to_string(info.dtype))];
    }
  }
  summary.tensors = source.size();
  summary.files = source.files().size();
  return summary;
}

/// "853", "646 k", "1.75 M", "14.3 B"
std::string format_count(std::int64_t count) {
  if (count < 1000) return fmt::format("{}", count);
  double value = static_cast<double>(count) / 1000;
  std::size_t unit = 0;
  constexpr std::string_view kUnits = "kMB";
  for (; value >= 999.5 && unit + 1 < kUnits.size(); ++unit) value /= 1000;
  return fmt::format("{:.3g} {}", value, kUnits[unit]);
}

std::string dtypes(const ComponentSummary& component) {
  std::vector<std::string_view> names;
  for (const auto& [dtype, count] : component.tensors_of) names.push_back(dtype);
  return fmt::format("{}", fmt::join(names, "+"));
}

std::string line(const ComponentSummary& component) {
  return fmt::format("  {:<13} {:<22} {:>7} parameters {:>10}  {:<5} {} tensors in {}\n", component.name,
                     component.class_name, format_count(component.parameters), format_bytes(component.bytes),
                     dtypes(component), component.tensors,
                     component.files == 1 ? "1 file" : fmt::format("{} shards", component.files));
}

std::string abilities(const ModelSummary& summary) {
  const ModelLimits& limits = summary.limits;
  std::string text =
      fmt::format("  size          width a multiple of {}, height of {}; at most {}x{} (position table)\n",
                  limits.grid_width, limits.grid_height, summary.max_width(), summary.max_height());
  const int step = limits.temporal_factor * limits.latent_frames_step;
  text += fmt::format("  frames        {}k+{}, at most {}\n", step, step - limits.temporal_factor + 1,
                      summary.max_frames());
  text += fmt::format("  sampler       {}, flow shift {:g}\n", summary.scheduler, summary.flow_shift);
  text += fmt::format("  text          {} tokens unless told otherwise\n", summary.text_tokens);
  if (limits.two_transformers) {
    text += fmt::format(
        "  transformers  two: the second below {:g} of the noise schedule; guidance_2 is for it\n",
        summary.boundary_ratio);
  }
  return text;
}

json to_json(const ComponentSummary& component) {
  return {
      {"name", component.name},        {"class", component.class_name}, {"parameters", component.parameters},
      {"bytes", component.bytes},      {"tensors", component.tensors},  {"files", component.files},
      {"dtypes", component.tensors_of}};
}

}  // namespace

std::int64_t ModelSummary::parameters() const {
  std::int64_t sum = 0;
  for (const ComponentSummary& component : components) sum += component.parameters;
  return sum;
}

std::int64_t ModelSummary::bytes() const {
  std::int64_t sum = 0;
  for (const ComponentSummary& component : components) sum += component.bytes;
  return sum;
}

int ModelSummary::max_frames() const {
  return (limits.max_positions * limits.latent_frames_step - 1) * limits.temporal_factor + 1;
}

ModelSummary summarize(const ModelFolder& model) {
  const ModelIndex& index = model.index();
  ModelSummary summary{.path = model.path().string(), .pipeline = index.pipeline};
  summary.components.push_back(summarize("transformer", index.transformer, model.transformer()));
  if (model.transformer_2()) {
    summary.components.push_back(summarize("transformer_2", index.transformer, *model.transformer_2()));
  }
  summary.components.push_back(summarize("text_encoder", index.text_encoder, model.text_encoder()));
  summary.components.push_back(summarize("vae", index.vae, model.vae()));
  summary.limits = limits_of(model);
  summary.scheduler = index.scheduler;
  summary.flow_shift = model.scheduler_config().flow_shift;
  summary.boundary_ratio = index.boundary_ratio.value_or(0);
  summary.text_tokens = ClipSpec{}.max_text_tokens;
  return summary;
}

json to_json(const ModelSummary& summary) {
  json components = json::array();
  for (const ComponentSummary& component : summary.components) components.push_back(to_json(component));
  const ModelLimits& limits = summary.limits;
  return {{"path", summary.path},
          {"pipeline", summary.pipeline},
          {"parameters", summary.parameters()},
          {"bytes", summary.bytes()},
          {"components", std::move(components)},
          {"grid_width", limits.grid_width},
          {"grid_height", limits.grid_height},
          {"max_width", summary.max_width()},
          {"max_height", summary.max_height()},
          {"temporal_factor", limits.temporal_factor},
          {"latent_frames_step", limits.latent_frames_step},
          {"max_frames", summary.max_frames()},
          {"two_transformers", limits.two_transformers},
          {"boundary_ratio", limits.two_transformers ? json(summary.boundary_ratio) : json()},
          {"scheduler", summary.scheduler},
          {"flow_shift", summary.flow_shift},
          {"text_tokens", summary.text_tokens}};
}

std::string to_text(const ModelSummary& summary) {
  std::string text = fmt::format("{} ({}): {} parameters, {}\n", summary.path, summary.pipeline,
                                 format_count(summary.parameters()), format_bytes(summary.bytes()));
  for (const ComponentSummary& component : summary.components) text += line(component);
  return text + abilities(summary);
}

}  // namespace clipmill
