#include "link/messages.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "core/job_fields.h"
#include "core/job_generator.h"
#include "core/memory_ladder.h"

namespace clipmill::link {
namespace {

using nlohmann::json;

rc::Gen<double> seconds() {
  return rc::gen::map(rc::gen::inRange(0, 1'000'000), [](int n) { return n / 7.0; });
}

rc::Gen<Stage> stage() {
  return rc::gen::map(rc::gen::inRange<std::size_t>(0, kStages.size()),
                      [](std::size_t i) { return kStages[i].stage; });
}

EventPayload arbitrary_payload() {
  const int number = *rc::gen::inRange(0, 1'000'000);
  const std::int64_t bytes = *rc::gen::inRange<std::int64_t>(0, std::int64_t{1} << 50);
  const std::string text = *test::text();
  switch (*rc::gen::inRange(0, 13)) {
    case 0:
      return JobStarted{};
    case 1:
      return StageStarted{*stage()};
    case 2:
      return StageProgress{*stage(), number, number + 1};
    case 3:
      return StageFinished{
          *stage(), *seconds(), bytes, {number % 2 == 0, {}, {true, 1 + number % 64}, {1 + number % 64}}};
    case 4:
      return PreviewWritten{text, number};
    case 5:
      return TrainingStep{*stage(), number, *seconds(), *seconds(), *seconds()};
    case 6:
      return Notice{*stage(), text};
    case 7:
      return JobRetried{{ErrorKind::kWorker, text, text}};
    case 8:
      return PlanChanged{*stage(), {}, {false, {true}, {true, 1 + number % 64}, {1 + number % 64}}, text};
    case 9:
      return LeakFound{bytes, text};
    case 10:
      return MemorySampled{bytes, number};
    case 11:
      return JobFinished{bytes, *seconds()};
    default:
      return JobFailed{*rc::gen::element(ErrorKind::kInput, ErrorKind::kOutOfMemory, ErrorKind::kWorker),
                       text, text};
  }
}

Event arbitrary_event() {
  return {*rc::gen::inRange<JobId>(1, 1 << 30), *rc::gen::inRange<AttemptId>(1, std::int64_t{1} << 40),
          *test::text(), arbitrary_payload(), *rc::gen::inRange(0, 1000) * 0.25};
}

/// What a member-wise comparison would say, without writing one for each type.
void assert_same(const EventPayload& a, const EventPayload& b) {
  RC_ASSERT(a.index() == b.index());
  const auto text = [](const EventPayload& payload) {
    return std::visit(
        Overloaded{
            [](const JobStarted&) { return std::string(); },
            [](const StageStarted& e) { return fmt::format("{}", to_string(e.stage)); },
            [](const StageProgress& e) {
              return fmt::format("{} {} {}", to_string(e.stage), e.done, e.total);
            },
            [](const TrainingStep& e) {
              return fmt::format("{} {} {} {} {}", to_string(e.stage), e.step, e.loss, e.learning_rate,
                                 e.grad_norm);
            },
            [](const StageFinished& e) {
              return fmt::format("{} {} {} {}", to_string(e.stage), e.seconds, e.peak_bytes,
                                 to_string(e.plan));
            },
            [](const PlanChanged& e) {
              return fmt::format("{} {} {} {}", to_string(e.stage), to_string(e.from), to_string(e.to),
                                 e.why);
            },
            [](const LeakFound& e) { return fmt::format("{} {}", e.bytes, e.text); },
            [](const MemorySampled& e) { return fmt::format("{} {}", e.device_bytes, e.host_bytes); },
            [](const Notice& e) { return fmt::format("{} {}", to_string(e.stage), e.text); },
            [](const PreviewWritten& e) { return fmt::format("{} {}", e.path, e.step); },
            [](const JobFinished& e) { return fmt::format("{} {}", e.output_bytes, e.seconds); },
            [](const JobRetried& e) {
              return fmt::format("{} {} {}", to_string(e.why.kind), e.why.message, e.why.hint);
            },
            [](const JobFailed& e) { return fmt::format("{} {} {}", to_string(e.kind), e.message, e.hint); },
        },
        payload);
  };
  RC_ASSERT(text(a) == text(b));
}

ErrorKind kind_of_failure(const std::string& text, bool to_worker) {
  try {
    to_worker ? static_cast<void>(decode_to_worker(text)) : static_cast<void>(decode_from_worker(text));
  } catch (const Error& error) {
    return error.kind();
  }
  ADD_FAILURE() << "accepted: " << text;
  return ErrorKind::kInternal;
}

RC_GTEST_PROP(Messages, EventsComeBackAsTheyWere, ()) {
  const Event event = arbitrary_event();
  const auto back = std::get<Event>(decode_from_worker(encode(FromWorker(event))));
  RC_ASSERT(back.job == event.job);
  RC_ASSERT(back.attempt == event.attempt);
  RC_ASSERT(back.device == event.device);
  RC_ASSERT(back.at == event.at);
  assert_same(back.what, event.what);
}

RC_GTEST_PROP(Messages, JobsComeBackAsTheyWere, ()) {
  const Part part = *rc::gen::element(Part::kWhole, Part::kDenoise, Part::kDecode);
  const MemoryPlan plan{false, {true}, {true, *rc::gen::inRange(1, 64)}, {*rc::gen::inRange(1, 64)}};
  const Attempt attempt{*rc::gen::inRange<AttemptId>(1, std::int64_t{1} << 40),
                        7,
                        "cpu:0",
                        *test::job(),
                        part,
                        *test::text(),
                        plan};
  const auto back = std::get<RunJob>(decode_to_worker(encode(ToWorker(RunJob{attempt})))).attempt;
  RC_ASSERT(back.id == attempt.id);
  RC_ASSERT(back.job == attempt.job);
  RC_ASSERT(back.device == attempt.device);
  RC_ASSERT(to_json(back.spec) == to_json(attempt.spec));
  RC_ASSERT(back.part == attempt.part);
  RC_ASSERT(back.state_file == attempt.state_file);
  RC_ASSERT(back.plan == attempt.plan);
}

TEST(Messages, ALossThatIsNoNumberComesThrough) {
  const double nan = std::numeric_limits<double>::quiet_NaN(),
               infinite = std::numeric_limits<double>::infinity();
  const Event event{1, 2, "cpu:0", TrainingStep{Stage::kTrainVae, 7, nan, 1e-3, infinite}};
  const auto back = std::get<Event>(decode_from_worker(encode(FromWorker(event))));
  EXPECT_TRUE(std::isnan(std::get<TrainingStep>(back.what).loss));
  EXPECT_FALSE(std::isfinite(std::get<TrainingStep>(back.what).grad_norm));
}

TEST(Messages, ATrainingJobComesBackAsItWas) {
  JobSpec spec;
  spec.kind = JobKind::kTrain;
  spec.recipe = R"({"note": ")" + std::string(kLongestText + 1, 'x') + "\"}";
  spec.output = "/models/mine/training.json";
  const Attempt attempt{1, 7, "cpu:0", spec};
  const auto back = std::get<RunJob>(decode_to_worker(encode(ToWorker(RunJob{attempt})))).attempt.spec;
  EXPECT_EQ(back.kind, JobKind::kTrain);
  EXPECT_EQ(back.recipe, spec.recipe);
  EXPECT_EQ(back.output, spec.output);
}

TEST(Messages, HelloAndCancelComeBack) {
  const auto hello = std::get<Hello>(decode_from_worker(encode(FromWorker(Hello{3, "cuda:1", "2.13.0", 8}))));
  EXPECT_EQ(hello.version, 3);
  EXPECT_EQ(hello.device, "cuda:1");
  EXPECT_EQ(hello.torch, "2.13.0");
  EXPECT_EQ(hello.threads, 8);
  EXPECT_EQ(std::get<Cancel>(decode_to_worker(encode(ToWorker(Cancel{9})))).attempt, 9);
  const auto refusal =
      std::get<Refusal>(decode_from_worker(encode(FromWorker(Refusal{"no GPU", "buy one"}))));
  EXPECT_EQ(refusal.message + ": " + refusal.hint, "no GPU: buy one");
  EXPECT_FALSE(std::get<Heartbeat>(decode_from_worker(encode(FromWorker(Heartbeat{})))).held);
  const BytesByCategory held{{5, 3, 1}};
  EXPECT_EQ(std::get<Heartbeat>(decode_from_worker(encode(FromWorker(Heartbeat{held})))).held, held);
}

TEST(Messages, TextThatIsNotUtf8DoesNotBreakTheLink) {
  const Event event{1, 2, "cpu:0", JobFailed{ErrorKind::kIo, "cannot read \xFF.mp4", ""}};
  const auto back = std::get<Event>(decode_from_worker(encode(FromWorker(event))));
  EXPECT_EQ(std::get<JobFailed>(back.what).message, "cannot read \xEF\xBF\xBD.mp4");
}

TEST(Messages, MalformedOnesAreABrokenWorker) {
  for (const char* text :
       {"", "{", "[]", "7", "null", "{}", R"({"event": "job_finished"})", R"({"event": 7})",
        R"({"event": "nap", "job": 1, "attempt": 1, "device": "cpu:0"})", R"({"hello": "1"})",
        R"({"event":"stage_started","stage":"lunch","job":1,"attempt":1,"device":"cpu:0"})"}) {
    EXPECT_EQ(kind_of_failure(text, false), ErrorKind::kWorker) << text;
  }
  for (const char* text :
       {"", "[]", "{}", R"({"run": {}, "job": 1})", R"({"run": 1, "job": 1, "attempt": 1, "device": "d"})",
        R"({"run": {"fames": 1}, "job": 1, "attempt": 1, "device": "d"})",
        R"({"run": {"frames": "x"}, "job": 1, "attempt": 1, "device": "d"})"}) {
    EXPECT_EQ(kind_of_failure(text, true), ErrorKind::kWorker) << text;
  }
}

RC_GTEST_PROP(Messages, ATruncatedMessageIsABrokenWorker, ()) {
  const std::string text = encode(FromWorker(arbitrary_event()));
  const std::string cut = text.substr(0, *rc::gen::inRange<std::size_t>(0, text.size()));
  RC_ASSERT(kind_of_failure(cut, false) == ErrorKind::kWorker);
}

RC_GTEST_PROP(Messages, AMissingMemberIsABrokenWorker, ()) {
  json message = json::parse(encode(FromWorker(arbitrary_event())));
  message.erase("at");  // may be missing, see below
  auto member = message.begin();
  std::advance(member, *rc::gen::inRange<std::ptrdiff_t>(0, static_cast<std::ptrdiff_t>(message.size())));
  message.erase(member);
  RC_ASSERT(kind_of_failure(message.dump(), false) == ErrorKind::kWorker);
}

TEST(Messages, AnEventMayNotTellWhenItHappened) {
  json message = json::parse(encode(FromWorker(Event{1, 2, "cpu:0", JobStarted{}, 12.5})));
  EXPECT_EQ(message.at("at"), 12.5);
  message.erase("at");
  EXPECT_EQ(std::get<Event>(decode_from_worker(message.dump())).at, 0);
}

}  // namespace
}  // namespace clipmill::link
