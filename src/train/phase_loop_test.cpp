// The loop of a phase, with its log, its loss curve and its fingerprints.
#include "train/phase_loop.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <regex>
#include <stdexcept>

#include "checkpoint/test_folder.h"
#include "train/fingerprint.h"
#include "train/loss_curve.h"

namespace clipmill {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

/// What is trained here: x ← 0.9 x + (step + 1), with x as the loss.
struct ToyTrainer {
  at::Tensor x = at::ones({3});
  std::vector<int> steps, watched;
  int rewound = -1;
  std::function<void(int step, StepResult& result)> spoil = [](int, StepResult&) {};

  Phase phase(const std::string& subject = "one", int count = 10, double rate = 0.5) {
    return {.stage = Stage::kTrainVae,
            .name = "toy",
            .fingerprint = {{{"seed", subject}}, {{"rate", rate}}},
            .steps = count,
            .step =
                [this](int step) {
                  StepResult result{.grad_norm = 1, .learning_rate = 0.5};
                  spoil(step, result);
                  steps.push_back(step);
                  if (std::isfinite(result.loss) && !result.skipped) x.mul_(0.9).add_(step + 1);
                  result.loss += x[0].item<double>();
                  return result;
                },
            .state =
                [this] {
                  return Parameters::Named{{"x", x}};
                },
            .load = [this](const Parameters::Named& state, int) { x.copy_(state.at(0).second); },
            .watch = [this](int done) { watched.push_back(done); },
            .rewind = [this](int done) { rewound = done; }};
  }
};

class PhaseLoopTest : public testing::Test {
 protected:
  PhaseLoopTest() { watch_.log_every = 2, watch_.save_every = 3; }

  void run(const Phase& phase) {
    TrainingLog log(folder_.path());
    PhaseLoop(folder_.path(), watch_, log, {*device_, settings_, clock_, report_, stop_}).run(phase);
    log.write();
  }
  nlohmann::ordered_json changes() {
    TrainingLog log(folder_.path());
    return PhaseLoop(folder_.path(), watch_, log, {*device_, settings_, clock_, report_, stop_})
        .changes("toy");
  }
  std::string error(const Phase& phase) {
    return error_of([&] { run(phase); });
  }
  int saved_step() const { return read_state(folder_ / "toy.safetensors").next_step; }
  /// All of the log but the time, which a killed run takes longer.
  std::vector<std::string> logged() const {
    std::vector<std::string> rows;
    const TrainingLog log(folder_.path());
    for (const LogRow& row : log.rows())
      rows.push_back(fmt::format("{} {} {} {}", row.step, row.loss, row.grad_norm, row.learning_rate));
    return rows;
  }
  std::vector<int> logged_steps() const {
    std::vector<int> steps;
    const TrainingLog log(folder_.path());
    for (const LogRow& row : log.rows()) steps.push_back(row.step);
    return steps;
  }

  const TestFolder folder_;
  WatchRecipe watch_;
  StopFlag stop_;
  std::vector<std::string> notices_;

 private:
  const std::unique_ptr<Device> device_ = open_device("cpu:0");
  const WorkerSettings settings_;
  const VirtualClock clock_;
  const Report report_ = [this](const EventPayload& what) {
    if (const auto* notice = std::get_if<Notice>(&what)) notices_.push_back(notice->text);
  };
};

TEST_F(PhaseLoopTest, AKilledRunGoesOnFromItsSavedStateToTheSameBytes) {
  ToyTrainer whole;
  run(whole.phase());
  EXPECT_EQ(whole.steps.size(), 10u);
  EXPECT_EQ(whole.watched.back(), 10);
  EXPECT_THAT(logged_steps(), ElementsAre(2, 4, 6, 8, 10));
  const auto rows = logged();
  const at::Tensor expected = whole.x.clone();
  for (const int killed : {0, 2, 3, 7, 9}) {
    std::filesystem::remove(folder_ / "toy.json");
    ToyTrainer first, second;
    first.spoil = [&](int step, StepResult&) {
      if (step == killed) throw std::runtime_error("killed");
    };
    EXPECT_THROW(run(first.phase()), std::runtime_error);
    run(second.phase());
    EXPECT_EQ(second.steps.front(), killed / 3 * 3) << "what was saved is not done again";
    EXPECT_TRUE(at::equal(second.x, expected)) << killed;
    EXPECT_EQ(logged(), rows) << killed;
  }
  ToyTrainer again;
  run(again.phase());
  EXPECT_THAT(again.steps, ElementsAre()) << "a finished phase is only loaded";
  EXPECT_TRUE(at::equal(again.x, expected));
}

TEST_F(PhaseLoopTest, AnotherSubjectStartsOverAndTheEarlierStateIsSetAside) {
  ToyTrainer first, second, third;
  run(first.phase("one", 6));
  run(second.phase("two", 4));
  EXPECT_THAT(second.steps, ElementsAre(0, 1, 2, 3));
  EXPECT_EQ(second.rewound, 0);
  EXPECT_THAT(logged_steps(), ElementsAre(2, 4)) << "the log of the former run is not its own";
  const auto aside = folder_ / "earlier-1";
  EXPECT_EQ(read_state(aside / "toy.safetensors").next_step, 6);
  EXPECT_EQ(TrainingLog(aside).rows().back().step, 6);
  EXPECT_THAT(notices_.back(),
              AllOf(HasSubstr("seed is \"two\", was \"one\": begins again"), HasSubstr(aside.string())));
  run(third.phase("one", 4));
  EXPECT_TRUE(std::filesystem::exists(folder_ / "earlier-2/toy.json")) << "nothing is lost";
}

TEST_F(PhaseLoopTest, AnotherCourseGoesOnAndIsRecorded) {
  ToyTrainer first, second, third;
  run(first.phase("one", 4));
  run(second.phase("one", 7, 0.25));
  EXPECT_THAT(second.steps, ElementsAre(4, 5, 6));
  EXPECT_THAT(notices_.back(), HasSubstr("rate is 0.25, was 0.5: goes on after step 4"));
  notices_.clear();
  run(third.phase("one", 8, 0.25));
  EXPECT_THAT(third.steps, ElementsAre(7));
  EXPECT_THAT(notices_, ElementsAre()) << "the number of steps is no part of this fingerprint";
  EXPECT_EQ(changes(), (nlohmann::ordered_json{{{"step", 4}, {"change", "rate is 0.25, was 0.5"}}}));
  EXPECT_FALSE(std::filesystem::exists(folder_ / "earlier-1"));
}

TEST_F(PhaseLoopTest, AStateOfUnknownOriginIsSetAside) {
  ToyTrainer first, second;
  run(first.phase());
  write_file(folder_ / "toy.json", "{\"subject\": {\"seed\": \"one\"}, \"cou");
  run(second.phase());
  EXPECT_EQ(second.steps.size(), 10u);
  EXPECT_TRUE(std::filesystem::exists(folder_ / "earlier-1/toy.safetensors"));
}

TEST_F(PhaseLoopTest, WhatWasNotWatchedBeforeAnInterruptionIsWatchedAfterIt) {
  ToyTrainer first, second;
  first.spoil = [&](int step, StepResult&) {
    if (step == 5) stop_.set();
  };
  EXPECT_THAT(error(first.phase()), HasSubstr("cancelled"));
  EXPECT_EQ(first.watched.back(), 5);
  stop_.clear();
  run(second.phase());
  EXPECT_EQ(second.rewound, 6);
  EXPECT_THAT(second.watched, ElementsAre(6, 7, 8, 9, 10));
}

TEST_F(PhaseLoopTest, AskedToStopItSavesFirst) {
  ToyTrainer trainer;
  trainer.spoil = [&](int step, StepResult&) {
    if (step == 3) stop_.set();
  };
  try {
    run(trainer.phase());
    ADD_FAILURE() << "went on";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kCancelled);
  }
  EXPECT_EQ(saved_step(), 4);
  stop_.clear();
  ToyTrainer next;
  run(next.phase());
  EXPECT_EQ(next.steps.front(), 4);
}

TEST_F(PhaseLoopTest, StopsWhenLossOrGradientAreNotFiniteAndKeepsTheLastGoodState) {
  for (const auto& [spoil, reason] : std::vector<std::pair<std::function<void(StepResult&)>, std::string>>{
           {[](StepResult& r) { r.loss = -std::nan(""); }, "the loss is NaN and the gradient's norm 1"},
           {[](StepResult& r) { r.grad_norm = std::numeric_limits<double>::infinity(); },
            "the gradient's norm inf"}}) {
    ToyTrainer trainer;
    trainer.spoil = [&](int step, StepResult& result) {
      if (step == 7) spoil(result);
    };
    EXPECT_THAT(
        error(trainer.phase(reason)),
        AllOf(HasSubstr("train_vae: at step 8 "), HasSubstr(reason),
              HasSubstr("the state after step 6 is kept in " + (folder_ / "toy.safetensors").string()),
              HasSubstr("| a lower learning_rate"), HasSubstr("goes on from the last saved state")));
    EXPECT_EQ(saved_step(), 6);
    EXPECT_EQ(trainer.watched.back(), 7);
  }
}

TEST_F(PhaseLoopTest, AStateThatFailsAtOnceGivesWayToTheOneBeforeIt) {
  const auto spoil = [](int step, StepResult& result) {
    if (step == 6) result.loss = std::nan("");
  };
  ToyTrainer first, same, mended;
  first.spoil = same.spoil = spoil;
  for (ToyTrainer* trainer : {&first, &same}) {
    EXPECT_THAT(error(trainer->phase("one")),
                AllOf(HasSubstr("at step 7"), HasSubstr("the state after step 3 is kept"),
                      HasSubstr("goes on from the last saved state")));
    EXPECT_EQ(saved_step(), 3);
  }
  EXPECT_EQ(same.steps.front(), 3);
  run(mended.phase("one", 8, 0.25));
  EXPECT_EQ(mended.steps.front(), 3);
  EXPECT_THAT(notices_.back(), HasSubstr("rate is 0.25, was 0.5: goes on after step 3"));
  EXPECT_FALSE(std::filesystem::exists(folder_ / "toy.earlier.safetensors")) << "one state is enough then";
}

TEST_F(PhaseLoopTest, TheOnlyStateThatFailsAtOnceIsGoneOnFromOnlyUnderItsOwnCourse) {
  const auto spoil = [](int step, StepResult& result) {
    if (step == 3) result.loss = std::nan("");
  };
  ToyTrainer first, same, mended;
  first.spoil = same.spoil = spoil;
  EXPECT_THAT(error(first.phase("one")), HasSubstr("begins this phase again"));
  EXPECT_THAT(error(same.phase("one")), HasSubstr("at step 4"));
  EXPECT_EQ(same.steps.front(), 3);
  run(mended.phase("one", 8, 0.25));
  EXPECT_EQ(mended.steps.front(), 0);
  EXPECT_THAT(notices_.back(),
              AllOf(HasSubstr("rate is 0.25, was 0.5"), HasSubstr("no finite loss: begins again")));
  EXPECT_EQ(read_state(folder_ / "earlier-1/toy.safetensors").next_step, 3);
}

TEST_F(PhaseLoopTest, WhatWasWatchedIsSetAsideWithItsState) {
  ToyTrainer first, second;
  run(first.phase("one", 4));
  const auto sheet = folder_ / "samples-000004.png";
  write_file(sheet, "a picture");
  Phase other = second.phase("two", 4);
  other.rewind = [&](int) { std::filesystem::remove(sheet); };
  other.watched = [&] { return std::vector<std::filesystem::path>{sheet}; };
  run(other);
  EXPECT_EQ(read_file(folder_ / "earlier-1/samples-000004.png"), "a picture");
}

TEST_F(PhaseLoopTest, StepsWithoutARowAreCounted) {
  ToyTrainer trainer;
  run(trainer.phase("one", 9));
  EXPECT_EQ(TrainingLog(folder_.path()).steps_not_logged("toy", 2), 0);
  TrainingLog torn(folder_.path());
  torn.add({.phase = "toy", .step = 20});
  EXPECT_EQ(torn.steps_not_logged("toy", 2), 9);
}

TEST_F(PhaseLoopTest, NamesNoStateThatDoesNotExist) {
  ToyTrainer trainer;
  trainer.spoil = [](int step, StepResult& result) { result.loss = step == 1 ? std::nan("") : 0; };
  EXPECT_THAT(error(trainer.phase()), AllOf(HasSubstr("at step 2"), HasSubstr("nothing was saved before"),
                                            Not(HasSubstr("is kept"))));
  EXPECT_FALSE(std::filesystem::exists(folder_ / "toy.safetensors"));
}

TEST_F(PhaseLoopTest, SkippedStepsGoOnUntilTheScaleCannotBeTheReason) {
  watch_.save_every = 100;
  ToyTrainer now_and_then, always;
  now_and_then.spoil = [](int step, StepResult& result) {
    result.skipped = step % 50 != 49;  // 49 in a row
    if (result.skipped) result.grad_norm = std::numeric_limits<double>::infinity();
  };
  run(now_and_then.phase("now and then", 120));
  EXPECT_EQ(now_and_then.steps.size(), 120u);
  always.spoil = [](int step, StepResult& result) { result.skipped = step >= 10; };
  EXPECT_THAT(error(always.phase("always", 1000)),
              AllOf(HasSubstr("the gradients overflow fp16 in 50 steps"), HasSubstr("at step 60")));
}

TEST_F(PhaseLoopTest, ADamagedStateIsNamedWithItsRemedy) {
  ToyTrainer trainer;
  run(trainer.phase());
  std::filesystem::resize_file(folder_ / "toy.safetensors", 40);
  const std::string file = (folder_ / "toy.safetensors").string();
  EXPECT_THAT(error(ToyTrainer().phase()),
              AllOf(HasSubstr(file),
                    HasSubstr("| remove " + file + ": the same command then begins train_vae again")));
  std::filesystem::remove(file);
  ToyTrainer next;
  run(next.phase());
  EXPECT_EQ(next.steps.size(), 10u);
}

TEST_F(PhaseLoopTest, RemovesWhatAKilledAttemptLeftHalfWritten) {
  const auto half = folder_ / ".toy.safetensors.999999999-1.part.safetensors";  // no process has this number
  write_file(half, "half a state");
  ToyTrainer trainer;
  run(trainer.phase());
  EXPECT_FALSE(std::filesystem::exists(half));
}

TEST(TrainingLog, RewindsOnePhaseAndKeepsTheOthers) {
  const TestFolder folder;
  TrainingLog log(folder.path());
  for (const int step : {10, 20, 30}) {
    log.add({"vae", step, 0.5, 1, 1e-3, step / 10.0});
    log.add({"transformer", step, 0.25, 1, 1e-3, step / 2.0});
  }
  EXPECT_DOUBLE_EQ(log.seconds("transformer"), 15);
  log.rewind("transformer", 20);
  EXPECT_EQ(log.rows().size(), 5u);
  EXPECT_DOUBLE_EQ(log.seconds("transformer"), 10);
  EXPECT_DOUBLE_EQ(log.seconds("vae"), 3);
  EXPECT_DOUBLE_EQ(log.seconds("never"), 0);
}

TEST(TrainingLog, ReadsWhatItWrote) {
  const TestFolder folder;
  TrainingLog log(folder.path());
  log.add({"vae", 200, 0.012345, 12.5, 1e-3, 3.5});
  log.add({"transformer", 7, 123456, 1.5e-7, 2.5e-10, 86400});
  log.write();
  EXPECT_THAT(
      read_file(folder / "loss.csv"),
      AllOf(HasSubstr("phase,step,loss,grad_norm,learning_rate,seconds\nvae,200,0.012345,12.5,0.001,3.5\n")));
  const TrainingLog read(folder.path());
  ASSERT_EQ(read.rows().size(), 2u);
  for (std::size_t i = 0; i < 2; ++i) {
    const LogRow &row = read.rows()[i], &expected = log.rows()[i];
    EXPECT_EQ(row.phase, expected.phase);
    EXPECT_EQ(row.step, expected.step);
    EXPECT_DOUBLE_EQ(row.loss, expected.loss);
    EXPECT_DOUBLE_EQ(row.grad_norm, expected.grad_norm);
    EXPECT_DOUBLE_EQ(row.learning_rate, expected.learning_rate);
    EXPECT_DOUBLE_EQ(row.seconds, expected.seconds);
  }
}

/// Every start has its end, in order; no bare ampersand. Enough for what loss_curve() writes.
bool well_formed(const std::string& xml) {
  static const std::regex kTag(R"(<(/?)([a-z]+)((?: [A-Za-z0-9-]+="[^"<]*")*)(/?)>)");
  std::vector<std::string> open;
  std::string rest;
  std::size_t end = 0;
  for (std::sregex_iterator tag(xml.begin(), xml.end(), kTag), last; tag != last; ++tag) {
    rest += xml.substr(end, static_cast<std::size_t>(tag->position()) - end);
    end = static_cast<std::size_t>(tag->position() + tag->length());
    if ((*tag)[1].length() > 0) {
      if (open.empty() || open.back() != (*tag)[2]) return false;
      open.pop_back();
    } else if ((*tag)[4].length() == 0) {
      open.push_back((*tag)[2]);
    }
  }
  return open.empty() && (rest + xml.substr(end)).find_first_of("<>&") == std::string::npos;
}

TEST(LossCurve, IsWellFormedWithinItsFrameWhateverTheLoss) {
  EXPECT_FALSE(well_formed("<svg><g></svg>")) << "the check itself";
  std::vector<LogRow> rows;
  EXPECT_TRUE(well_formed(loss_curve(rows)));
  for (const double loss : {3.0, 0.5, 0.0, -1.0, 1e9})
    rows.push_back({"vae", 10 * static_cast<int>(rows.size()), loss});
  rows.push_back({"transformer", 1, 0.5});
  const std::string svg = loss_curve(rows);
  EXPECT_TRUE(well_formed(svg)) << svg;
  EXPECT_THAT(svg, AllOf(HasSubstr("vae: loss 1e+09 after 40 steps"),
                         HasSubstr("transformer: loss 0.5 after 1 steps"),
                         HasSubstr("viewBox=\"0 0 720 480\""), Not(HasSubstr("nan")), Not(HasSubstr("inf"))));
  static const std::regex kPoint(R"((-?[0-9.]+),(-?[0-9.]+) )");
  const std::string points = svg.substr(svg.find("points="));
  for (std::sregex_iterator point(points.begin(), points.end(), kPoint), last; point != last; ++point) {
    EXPECT_THAT(std::stod((*point)[1]), AllOf(testing::Ge(0), testing::Le(720)));
    EXPECT_THAT(std::stod((*point)[2]), AllOf(testing::Ge(0), testing::Le(240)));
  }
}

TEST(Fingerprint, ChangesWithWhatTheResultDependsOnAndWithNothingElse) {
  enum Part { kNothing, kCourse, kSubject };
  struct Case {
    std::string name;
    std::function<void(TrainRecipe&)> change;
    Part vae, transformer;
    bool latents;
  };
  TrainRecipe recipe;
  recipe.data.world = "shapes";
  recipe.train_vae.optimizer.steps = recipe.train_transformer.optimizer.steps = 100;
  const std::vector<Case> cases = {
      {"seed", [](auto& r) { r.seed = 2; }, kSubject, kSubject, true},
      {"precision", [](auto& r) { r.precision = Precision::kBf16; }, kCourse, kCourse, false},
      {"data.clips", [](auto& r) { r.data.clips = 7; }, kSubject, kSubject, true},
      {"data.buckets", [](auto& r) { r.data.buckets[0].frames = 33; }, kSubject, kSubject, true},
      {"vae.base_dim", [](auto& r) { r.vae.base_dim = 16; }, kSubject, kNothing, false},
      {"train_vae.kl", [](auto& r) { r.train_vae.kl = 1; }, kCourse, kNothing, false},
      {"train_vae.learning_rate", [](auto& r) { r.train_vae.optimizer.learning_rate = 1; }, kCourse, kNothing,
       false},
      {"text_encoder.d_ff", [](auto& r) { r.text_encoder.d_ff = 5; }, kNothing, kSubject, false},
      {"transformer.num_layers", [](auto& r) { r.transformer.num_layers = 5; }, kNothing, kSubject, false},
      {"vocabulary", [](auto& r) { r.vocabulary = 99; }, kNothing, kSubject, false},
      {"train_transformer.steps", [](auto& r) { r.train_transformer.optimizer.steps = 5; }, kNothing, kCourse,
       false},
      {"train_transformer.sigma_shift", [](auto& r) { r.train_transformer.sigma_shift = 5; }, kNothing,
       kCourse, false},
      {"lora.rank", [](auto& r) { r.lora.rank = 5; }, kNothing, kSubject, false},
      {"segments", [](auto& r) { r.segments = 3; }, kNothing, kNothing, false},
      {"segments = auto", [](auto& r) { r.segments = -1; }, kNothing, kNothing, false},
      {"output", [](auto& r) { r.output = "elsewhere"; }, kNothing, kNothing, false},
      {"base, its path alone", [](auto& r) { r.base = "model"; }, kNothing, kNothing, false},
      {"stored", [](auto& r) { r.stored = Precision::kFp32; }, kNothing, kNothing, false},
      {"flow_shift", [](auto& r) { r.flow_shift = 5; }, kNothing, kNothing, false},
      {"watch", [](auto& r) { r.watch.save_every = 1, r.watch.evaluate_final = 9; }, kNothing, kNothing,
       false},
  };
  const auto changed_part = [](const Fingerprint& before, const Fingerprint& now) {
    if (before.subject != now.subject) return kSubject;
    return before.course == now.course ? kNothing : kCourse;
  };
  for (const Case& each : cases) {
    TrainRecipe changed = recipe;
    each.change(changed);
    EXPECT_EQ(changed_part(vae_fingerprint(recipe), vae_fingerprint(changed)), each.vae) << each.name;
    EXPECT_EQ(changed_part(transformer_fingerprint(recipe), transformer_fingerprint(changed)),
              each.transformer)
        << each.name;
    EXPECT_EQ(latents_fingerprint(changed) != latents_fingerprint(recipe), each.latents) << each.name;
  }
}

TEST(Fingerprint, AVaeWithBucketsOfItsOwnDoesNotDependOnTheWorldsOtherSettings) {
  TrainRecipe recipe;
  recipe.data.world = "shapes";
  recipe.train_vae.buckets = {{32, 32, 5, 1}};
  TrainRecipe more_clips = recipe;
  more_clips.data.clips = 7;
  EXPECT_EQ(vae_fingerprint(more_clips), vae_fingerprint(recipe));
  EXPECT_NE(latents_fingerprint(more_clips), latents_fingerprint(recipe));
}

TEST(Fingerprint, HoldsWhatTheRecipeOnlyNames) {
  const TrainRecipe recipe;
  const Surroundings before{"3 clips", "aaaa", "bbbb"};
  struct Case {
    Surroundings now;
    bool vae, latents, transformer;
  };
  for (const Case& each : {Case{{"4 clips", "aaaa", "bbbb"}, true, true, true},
                           Case{{"3 clips", "cccc", "bbbb"}, true, false, true},
                           Case{{"3 clips", "aaaa", "cccc"}, false, true, true}}) {
    EXPECT_EQ(vae_fingerprint(recipe, before).subject != vae_fingerprint(recipe, each.now).subject, each.vae);
    EXPECT_EQ(latents_fingerprint(recipe, before) != latents_fingerprint(recipe, each.now), each.latents);
    EXPECT_EQ(
        transformer_fingerprint(recipe, before).subject != transformer_fingerprint(recipe, each.now).subject,
        each.transformer);
  }
}

TEST(Fingerprint, DifferencesAreForPeople) {
  TrainRecipe before, now;
  now.data.clips = 7, now.seed = 5;
  EXPECT_EQ(
      differences(vae_fingerprint(before, {"", "aaaa"}).subject, vae_fingerprint(now, {"", "bbbb"}).subject),
      "data.clips is 7, was 3000; seed is 5, was 1; the base model changed");
  EXPECT_EQ(differences(vae_fingerprint(before).subject, vae_fingerprint(before, {"x"}).subject),
            "the clips changed");
  EXPECT_EQ(differences(before.seed, before.seed), "");
  nlohmann::json many = nlohmann::json::object();
  for (char key = 'a'; key < 'i'; ++key) many[std::string(1, key)] = 1;
  EXPECT_THAT(differences(nlohmann::json::object(), many), HasSubstr("e is new; and 3 more"));
}

}  // namespace
}  // namespace clipmill
