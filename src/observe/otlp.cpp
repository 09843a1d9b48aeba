#include "observe/otlp.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/fnv1a.h"
#include "base/version.h"
#include "observe/job_name.h"

namespace clipmill {
namespace {

using nlohmann::json;

/// 0 is no valid id.
std::uint64_t hash_of(std::string_view text) {
  Fnv1a hash;
  hash.add(text);
  return std::max<std::uint64_t>(1, hash.value());
}

std::string span_id(std::string_view what) { return fmt::format("{:016x}", hash_of(what)); }

/// What makes a job unlike any other, also of another store.
std::string identity(const PastJob& job) {
  return fmt::format("{} {} {:.6f}", job.id, job.spec.output, job.submitted);
}

std::string trace_id(const PastJob& job) {
  return span_id("a " + identity(job)) + span_id("b " + identity(job));
}

std::string nanos(double seconds) { return std::to_string(std::llround(seconds * 1e6) * 1'000); }

json attribute(std::string_view key, std::string_view value) {
  return {{"key", key}, {"value", {{"stringValue", value}}}};
}
/// 64-bit numbers are strings in OTLP's JSON.
json attribute(std::string_view key, std::int64_t value) {
  return {{"key", key}, {"value", {{"intValue", std::to_string(value)}}}};
}

/// A span without its parent; `outcome` "done" is OK (1), anything else an error (2).
json otlp_span(const PastJob& job, const std::string& id, std::string_view name, double start, double end,
               const std::string& outcome, json attributes) {
  attributes.push_back(attribute("clipmill.outcome", outcome));
  return {{"traceId", trace_id(job)},
          {"spanId", id},
          {"name", name},
          {"kind", 1},  // internal
          {"startTimeUnixNano", nanos(start)},
          {"endTimeUnixNano", nanos(std::max(start, end))},
          {"attributes", std::move(attributes)},
          {"status", outcome == "done" ? json{{"code", 1}} : json{{"code", 2}, {"message", outcome}}}};
}

json child_of(const std::string& parent, json span) {
  span["parentSpanId"] = parent;
  return span;
}

std::string attempt_id(const PastJob& job, AttemptId attempt) {
  return span_id(fmt::format("{} attempt {}", identity(job), attempt));
}

std::string root_id(const PastJob& job) { return span_id(identity(job)); }

json attempt_span(const PastJob& job, const AttemptSpan& span) {
  return child_of(root_id(job),
                  otlp_span(job, attempt_id(job, span.id), "attempt", span.start, span.end, span.outcome,
                            json::array({attribute("clipmill.device", span.device)})));
}

/// A stage may be there several times in an attempt: its start tells them apart.
json stage_otlp_span(const PastJob& job, const StageSpan& span) {
  const std::string id =
      span_id(fmt::format("{} {} {} {:.6f}", identity(job), span.attempt, to_string(span.stage), span.start));
  json attributes =
      json::array({attribute("clipmill.device", span.device), attribute("clipmill.plan", span.plan),
                   attribute("clipmill.peak_bytes", span.peak_bytes)});
  attributes.push_back({{"key", "clipmill.busy_seconds"}, {"value", {{"doubleValue", span.seconds}}}});
  return child_of(attempt_id(job, span.attempt), otlp_span(job, id, to_string(span.stage), span.start,
                                                           span.end, span.outcome, std::move(attributes)));
}

/// From its submission to the end of its last attempt.
json job_span(const PastJob& job, const AttemptSpan& last) {
  const ClipSpec& clip = job.spec.clip;
  json attributes =
      json::array({attribute("clipmill.job", job.id), attribute("clipmill.output", job.spec.output),
                   attribute("clipmill.model", job.spec.model)});
  if (makes_clip(job.spec.kind)) {
    attributes.push_back(
        attribute("clipmill.shape", fmt::format("{}x{}x{}", clip.width, clip.height, clip.frames)));
    attributes.push_back(attribute("clipmill.steps", std::int64_t{clip.steps}));
  }
  const double start = job.submitted > 0 ? std::min(job.submitted, last.start) : last.start;
  return otlp_span(job, root_id(job), job_name(job.spec), start, last.end, last.outcome,
                   std::move(attributes));
}

/// By job, in the order in which they first ran. An attempt that runs is told with its end, as its job is.
std::vector<json> spans_by_job(const History& history) {
  std::map<JobId, json> spans;
  std::map<JobId, const AttemptSpan*> last;
  std::map<JobId, const PastJob*> jobs;
  for (const PastJob& job : history.jobs) jobs[job.id] = &job, spans[job.id] = json::array();
  for (const AttemptSpan& span : history.attempts) {
    last[span.job] = &span;
    if (span.end > 0 && jobs.contains(span.job))
      spans[span.job].push_back(attempt_span(*jobs[span.job], span));
  }
  for (const StageSpan& span : history.stages) {
    if (span.end > 0 && jobs.contains(span.job))
      spans[span.job].push_back(stage_otlp_span(*jobs[span.job], span));
  }
  std::vector<json> result;
  for (auto& [id, list] : spans) {
    if (last.contains(id) && last[id]->end > 0) list.push_back(job_span(*jobs[id], *last[id]));
    if (!list.empty()) result.push_back(std::move(list));
  }
  return result;
}

json otlp_request(const json& spans) {
  const json resource = {{"attributes", json::array({attribute("service.name", "clipmill"),
                                                     attribute("service.version", kVersion)})}};
  const json scope = {{"scope", {{"name", "clipmill"}, {"version", kVersion}}}, {"spans", spans}};
  return {{"resourceSpans", json::array({{{"resource", resource}, {"scopeSpans", json::array({scope})}}})}};
}

}  // namespace

std::vector<json> otlp_requests(const History& history, std::size_t most_spans) {
  std::vector<json> requests;
  json spans = json::array();
  for (const json& job : spans_by_job(history)) {
    if (!spans.empty() && spans.size() + job.size() > most_spans)
      requests.push_back(otlp_request(std::exchange(spans, json::array())));
    spans.insert(spans.end(), job.begin(), job.end());
  }
  if (!spans.empty()) requests.push_back(otlp_request(spans));
  return requests;
}

}  // namespace clipmill
