#include "model/sampler.h"

#include <gtest/gtest.h>

#include <rapidcheck/gtest.h>

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "model/golden.h"

namespace clipmill {
namespace {

std::unique_ptr<Sampler> sampler_of(const std::string& name, int steps, double shift, int order = 2) {
  SchedulerConfig config;
  config.solver_order = order;
  return make_sampler(config, name, steps, shift);
}

/// Feeds the golden model outputs; compares every sample.
void expect_golden_steps(Sampler& sampler, const Golden& golden, int steps) {
  at::Tensor sample = golden["sample.0"];
  for (int i = 0; i < steps; ++i) {
    sample = sampler.step(golden[fmt::format("model_output.{}", i)], sample);
    EXPECT_LE(relative_l2(sample, golden[fmt::format("sample.{}", i + 1)]), 2e-6) << "step " << i;
  }
}

TEST(Sampler, SchedulesOfTheReference) {
  std::ifstream stream(golden_folder() / "modules/schedules.json");
  const auto cases = nlohmann::json::parse(stream);
  ASSERT_GE(cases.size(), 10u);
  for (const auto& c : cases) {
    const auto sampler = sampler_of(c.at("sampler"), c.at("steps"), c.at("shift"));
    const auto sigmas = c.at("sigmas").get<std::vector<float>>();
    const auto timesteps = c.at("timesteps").get<std::vector<float>>();
    ASSERT_EQ(sampler->sigmas().size(), sigmas.size());
    ASSERT_EQ(sampler->timesteps().size(), timesteps.size());
    for (std::size_t i = 0; i < sigmas.size(); ++i)
      EXPECT_NEAR(sampler->sigmas()[i], sigmas[i], 1e-7) << c.dump().substr(0, 80);
    for (std::size_t i = 0; i < timesteps.size(); ++i)
      EXPECT_NEAR(sampler->timesteps()[i], timesteps[i], 1e-4) << c.dump().substr(0, 80);
  }
}

TEST(Sampler, StepsOfTheReference) {
  for (const auto& name : {"unipc", "euler"}) {
    for (const auto& [shift, steps] : {std::pair{3, 1}, std::pair{3, 2}, std::pair{3, 7}, std::pair{5, 3}}) {
      SCOPED_TRACE(fmt::format("{} shift {} n {}", name, shift, steps));
      const auto sampler = sampler_of(name, steps, shift);
      expect_golden_steps(*sampler,
                          Golden(fmt::format("modules/steps_{}_shift{}_n{}.safetensors", name, shift, steps)),
                          steps);
    }
  }
}

TEST(Sampler, OtherOrdersOfUniPc) {
  for (const int order : {1, 3}) {
    SCOPED_TRACE(order);
    const auto sampler = sampler_of("unipc", 6, 3, order);
    expect_golden_steps(*sampler, Golden(fmt::format("modules/steps_unipc_order{}_n6.safetensors", order)),
                        6);
  }
}

/// A velocity that does not change leads straight from noise to data, whatever the schedule.
RC_GTEST_PROP(SamplerProperty, ConstantVelocityIsFollowedExactly, ()) {
  const auto name = *rc::gen::element<std::string>("unipc", "euler");
  const auto steps = *rc::gen::inRange(1, 60);
  const auto shift = *rc::gen::inRange(2, 300) / 20.0;
  const auto order = *rc::gen::inRange(1, 4);
  const auto sampler = sampler_of(name, steps, shift, order);
  const at::Tensor data = at::randn({1, 2, 1, 3, 4}), noise = at::randn({1, 2, 1, 3, 4});
  const float start = sampler->sigmas()[0];
  at::Tensor x = (1 - start) * data + start * noise;
  for (int i = 0; i < steps; ++i) x = sampler->step(noise - data, x);
  RC_ASSERT(relative_l2(x, data) < 1e-3);
}

RC_GTEST_PROP(SamplerProperty, NoiseFallsToNothing, ()) {
  const auto name = *rc::gen::element<std::string>("unipc", "euler");
  const auto steps = *rc::gen::inRange(1, 200);
  const auto sampler = sampler_of(name, steps, *rc::gen::inRange(2, 300) / 20.0);
  const auto& sigmas = sampler->sigmas();
  RC_ASSERT(sigmas.size() == sampler->timesteps().size() + 1);
  RC_ASSERT(sigmas.front() < 1.00001f && sigmas.back() == 0.0f);  // shifted in floating point
  RC_ASSERT(std::is_sorted(sigmas.rbegin(), sigmas.rend()));
  for (const float t : sampler->timesteps()) RC_ASSERT(t >= 0 && t < 1000.1f);
}

/// A made-up model, so that steps depend on the sample and differ from one another.
at::Tensor velocity_at(const at::Tensor& sample, float timestep) { return at::sin(3 * sample + timestep); }

/// Ends a run after each step, and goes on with another sampler that knows the history alone.
RC_GTEST_PROP(SamplerProperty, ResumedGoesOnToTheSameBits, ()) {
  const auto name = *rc::gen::element<std::string>("unipc", "euler");
  const auto steps = *rc::gen::inRange(1, 12);
  const auto order = *rc::gen::inRange(1, 4);
  const auto straight = sampler_of(name, steps, 3, order);
  auto broken = sampler_of(name, steps, 3, order);
  at::Tensor x = at::randn({1, 2, 1, 3, 4}), y = x;
  for (int i = 0; i < steps; ++i) {
    const float t = straight->timesteps()[static_cast<std::size_t>(i)];
    x = straight->step(velocity_at(x, t), x);
    y = broken->step(velocity_at(y, t), y);
    RC_ASSERT(at::equal(x, y));
    const NamedTensors history = broken->history();
    broken = sampler_of(name, steps, 3, order);
    broken->resume(i + 1, history);
  }
}

TEST(Sampler, AHistoryOfAnotherSamplerIsRefused) {
  const auto unipc = sampler_of("unipc", 4, 3), euler = sampler_of("euler", 4, 3);
  unipc->step(at::ones({2}), at::ones({2}));
  EXPECT_THROW(euler->resume(1, unipc->history()), Error);
  EXPECT_THROW(unipc->resume(1, euler->history()), Error);
}

TEST(Sampler, UnknownNamesAreRefused) { EXPECT_THROW(make_sampler({}, "dpm", 4, {}), Error); }

TEST(Sampler, AutoIsTheCheckpointsOwn) {
  SchedulerConfig config;
  config.class_name = kEulerScheduler;
  config.flow_shift = 5;
  EXPECT_EQ(make_sampler(config, "auto", 7, {})->sigmas(), make_sampler(config, "euler", 7, 5.0)->sigmas());
  EXPECT_NE(make_sampler(config, "auto", 7, {})->sigmas(), make_sampler(config, "unipc", 7, 5.0)->sigmas());
}

}  // namespace
}  // namespace clipmill
