#include "checkpoint/scheduler_config.h"

#include <algorithm>
#include <span>

#include "base/text.h"

namespace clipmill {
namespace {

using nlohmann::json;

/// An option with the one value that is implemented; a missing key counts as `fallback`, Diffusers' default.
struct Fixed {
  const char* key;
  json supported;
  json fallback;
};

/// Python's idea of an option that is off.
bool is_off(const json& value) {
  return value.is_null() || value == false || (value.is_number() && value.get<double>() == 0);
}

void expect(const ConfigFile& file, const Fixed& option) {
  const json& given = file.value(option.key);
  const json& value = given.is_null() ? option.fallback : given;
  if (value == option.supported || (is_off(value) && is_off(option.supported))) return;
  throw file.error(option.key, fmt::format("{}{} is not supported: only {} is", shorten(value.dump(), 80),
                                           given.is_null() ? " (the default)" : "", option.supported.dump()));
}

void expect_all(const ConfigFile& file, std::span<const Fixed> options) {
  for (const Fixed& option : options) expect(file, option);
}

const std::vector<Fixed>& common_options() {
  static const std::vector<Fixed> kOptions = {
      {"use_dynamic_shifting", false, false},   {"use_karras_sigmas", false, false},
      {"use_exponential_sigmas", false, false}, {"use_beta_sigmas", false, false},
      {"shift_terminal", nullptr, nullptr},
  };
  return kOptions;
}

const std::vector<Fixed>& unipc_options() {
  static const std::vector<Fixed> kOptions = {
      {"prediction_type", "flow_prediction", "epsilon"},
      {"use_flow_sigmas", true, false},
      {"predict_x0", true, true},
      {"thresholding", false, false},
      {"solver_p", nullptr, nullptr},
  };
  return kOptions;
}

const std::vector<Fixed>& euler_options() {
  static const std::vector<Fixed> kOptions = {{"invert_sigmas", false, false},
                                              {"stochastic_sampling", false, false}};
  return kOptions;
}

/// `value` where it is among `allowed`.
std::string one_of(const ConfigFile& file, const char* key, std::string value,
                   std::initializer_list<std::string_view> allowed) {
  if (std::ranges::find(allowed, value) != allowed.end()) return value;
  throw file.error(key, fmt::format("\"{}\" is not supported: \"{}\" and \"{}\" are", shorten(value, 80),
                                    *allowed.begin(), *(allowed.begin() + 1)));
}

std::string solver_type(const ConfigFile& file) {
  const std::string type = file.text("solver_type", "bh2");
  // Diffusers takes these names of other multistep solvers for bh2.
  if (type == "midpoint" || type == "heun" || type == "logrho") return "bh2";
  return one_of(file, "solver_type", type, {"bh2", "bh1"});
}

std::vector<int> step_list(const ConfigFile& file, const char* key) {
  std::vector<int> steps;
  for (const double value : file.numbers(key, {})) {
    if (value != static_cast<int>(value) || value < 0) throw file.error(key, "must list steps: 0, 1, 2, …");
    steps.push_back(static_cast<int>(value));
  }
  return steps;
}

/// At the final σ = 0 the step in λ is infinite: only a first-order step with B(h) = e^h − 1 stays finite.
/// Diffusers computes NaN for the others.
void expect_finite_end(const SchedulerConfig& config, const ConfigFile& file) {
  if (config.final_sigmas_type != "zero") return;
  if (config.solver_type == "bh1") {
    throw file.error("solver_type",
                     "\"bh1\" gives no finite result with final_sigmas_type \"zero\": use \"bh2\"");
  }
  if (!config.lower_order_final && config.solver_order > 1) {
    throw file.error("lower_order_final",
                     "false gives no finite result with final_sigmas_type \"zero\": use true");
  }
}

void read_unipc(SchedulerConfig& config, const ConfigFile& file) {
  expect_all(file, unipc_options());
  config.flow_shift = file.positive("flow_shift", config.flow_shift);
  config.solver_order = file.integer("solver_order", config.solver_order, 3);
  config.solver_type = solver_type(file);
  config.lower_order_final = file.flag("lower_order_final", config.lower_order_final);
  config.disable_corrector = step_list(file, "disable_corrector");
  config.final_sigmas_type =
      one_of(file, "final_sigmas_type", file.text("final_sigmas_type", "zero"), {"zero", "sigma_min"});
  expect_finite_end(config, file);
}

void read_euler(SchedulerConfig& config, const ConfigFile& file) {
  expect_all(file, euler_options());
  config.flow_shift = file.positive("shift", config.flow_shift);
}

}  // namespace

SchedulerConfig SchedulerConfig::from(const ConfigFile& file, std::string_view class_name) {
  file.expect_class(class_name);
  expect_all(file, common_options());
  SchedulerConfig config;
  config.class_name = class_name;
  config.num_train_timesteps = file.integer("num_train_timesteps", config.num_train_timesteps);
  if (config.is_unipc()) {
    read_unipc(config, file);
  } else {
    read_euler(config, file);
  }
  return config;
}

}  // namespace clipmill
