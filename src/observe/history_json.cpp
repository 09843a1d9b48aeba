#include "observe/history_json.h"

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "core/job_fields.h"

namespace clipmill {
namespace {

using nlohmann::json;

json end_of(double end) { return end > 0 ? json(end) : json(); }
double end_in(const json& object) { return object.at("end").is_null() ? 0 : object.at("end").get<double>(); }

json to_json(const StageSpan& span) {
  return {{"device", span.device},   {"job", span.job},         {"attempt", span.attempt},
          {"start", span.start},     {"end", end_of(span.end)}, {"stage", to_string(span.stage)},
          {"seconds", span.seconds}, {"plan", span.plan},       {"peak_bytes", span.peak_bytes},
          {"outcome", span.outcome}};
}

json to_json(const AttemptSpan& span) {
  return {{"id", span.id},       {"job", span.job},         {"device", span.device},
          {"start", span.start}, {"end", end_of(span.end)}, {"outcome", span.outcome}};
}

json to_json(const WaitSpan& span) {
  return {{"device", span.device},
          {"why", to_string(span.why)},
          {"start", span.start},
          {"end", end_of(span.end)}};
}

json to_json(const PastJob& job) {
  return {{"id", job.id}, {"spec", to_json(job.spec)}, {"submitted", job.submitted}};
}

json to_json(const DeviceBudget& budget) { return {{"device", budget.device}, {"bytes", budget.bytes}}; }

template <typename Value>
json list(const std::vector<Value>& values) {
  json array = json::array();
  for (const Value& value : values) array.push_back(to_json(value));
  return array;
}

/// What a newer clipmill calls otherwise tells this one nothing.
std::vector<StageSpan> stages_in(const json& array) {
  std::vector<StageSpan> spans;
  for (const json& o : array) {
    const auto stage = stage_from(o.at("stage").get<std::string>());
    if (stage)
      spans.push_back({o.at("job"), o.at("attempt"), o.at("device"), *stage, o.at("start"), end_in(o),
                       o.at("seconds"), o.at("peak_bytes"), o.at("plan"), o.at("outcome")});
  }
  return spans;
}

std::vector<WaitSpan> waits_in(const json& array) {
  std::vector<WaitSpan> spans;
  for (const json& o : array) {
    if (const auto why = wait_from(o.at("why").get<std::string>()))
      spans.push_back({o.at("device"), *why, o.at("start"), end_in(o)});
  }
  return spans;
}

}  // namespace

json to_json(const History& history) {
  return {{"since", history.since},          {"until", history.until},
          {"stages", list(history.stages)},  {"attempts", list(history.attempts)},
          {"waits", list(history.waits)},    {"jobs", list(history.jobs)},
          {"budgets", list(history.budgets)}};
}

History history_from_json(const json& object) try {
  History history{object.at("since"),
                  object.at("until"),
                  stages_in(object.at("stages")),
                  {},
                  waits_in(object.at("waits")),
                  {},
                  {}};
  for (const json& o : object.at("attempts"))
    history.attempts.push_back(
        {o.at("id"), o.at("job"), o.at("device"), o.at("start"), end_in(o), o.at("outcome")});
  for (const json& o : object.at("jobs"))
    history.jobs.push_back({o.at("id"), job_from_json(o.at("spec")), o.at("submitted")});
  for (const json& o : object.at("budgets")) history.budgets.push_back({o.at("device"), o.at("bytes")});
  return history;
} catch (const json::exception& error) {
  throw Error(ErrorKind::kIo, fmt::format("this is no history: {}", error.what()));
}

json gantt_json(const History& history) {
  json spans = json::array();
  for (const StageSpan& span : history.stages) {
    spans.push_back({{"device", span.device},
                     {"job", span.job},
                     {"stage", to_string(span.stage)},
                     {"start", span.start},
                     {"end", end_of(span.end)},
                     {"outcome", span.outcome.empty() ? "running" : span.outcome}});
  }
  return {{"now", history.until}, {"spans", spans}};
}

}  // namespace clipmill
