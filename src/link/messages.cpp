#include "link/messages.h"

#include <array>
#include <limits>
#include <nlohmann/json.hpp>

#include "core/job_fields.h"
#include "core/memory_ladder.h"

namespace clipmill::link {
namespace {

using nlohmann::json;

Stage stage_of(const json& object) {
  const auto name = object.at("stage").get<std::string>();
  if (const auto stage = stage_from(name)) return *stage;
  throw Error(ErrorKind::kWorker, fmt::format("unknown stage \"{}\"", name));
}

Part part_of(const json& object) {
  const auto name = object.at("part").get<std::string>();
  if (const auto part = part_from(name)) return *part;
  throw Error(ErrorKind::kWorker, fmt::format("unknown part \"{}\"", name));
}

MemoryPlan plan_in(const json& object, const char* key) {
  return memory_plan_from(object.at(key).get<std::string>());
}

/// A loss may be NaN or infinite, which JSON has no words for.
double number_or_nan(const json& value) {
  return value.is_null() ? std::numeric_limits<double>::quiet_NaN() : value.get<double>();
}

json payload_to_json(const EventPayload& payload) {
  return std::visit(
      Overloaded{
          [](const JobStarted&) {
            return json{{"event", "job_started"}};
          },
          [](const StageStarted& e) {
            return json{{"event", "stage_started"}, {"stage", to_string(e.stage)}};
          },
          [](const StageProgress& e) {
            return json{{"event", "stage_progress"},
                        {"stage", to_string(e.stage)},
                        {"done", e.done},
                        {"total", e.total}};
          },
          [](const TrainingStep& e) {
            return json{
                {"event", "training_step"}, {"stage", to_string(e.stage)},      {"step", e.step},
                {"loss", e.loss},           {"learning_rate", e.learning_rate}, {"grad_norm", e.grad_norm}};
          },
          [](const StageFinished& e) {
            return json{{"event", "stage_finished"},
                        {"stage", to_string(e.stage)},
                        {"seconds", e.seconds},
                        {"peak_bytes", e.peak_bytes},
                        {"plan", to_string(e.plan)}};
          },
          [](const PlanChanged& e) {
            return json{{"event", "plan_changed"},
                        {"stage", to_string(e.stage)},
                        {"from", to_string(e.from)},
                        {"plan", to_string(e.to)},
                        {"why", e.why}};
          },
          [](const LeakFound& e) {
            return json{{"event", "leak_found"}, {"bytes", e.bytes}, {"text", e.text}};
          },
          [](const MemorySampled& e) {
            return json{
                {"event", "memory_sampled"}, {"device_bytes", e.device_bytes}, {"host_bytes", e.host_bytes}};
          },
          [](const Notice& e) {
            return json{{"event", "notice"}, {"stage", to_string(e.stage)}, {"text", e.text}};
          },
          [](const PreviewWritten& e) {
            return json{{"event", "preview_written"}, {"path", e.path}, {"step", e.step}};
          },
          [](const JobFinished& e) {
            return json{{"event", "job_finished"}, {"output_bytes", e.output_bytes}, {"seconds", e.seconds}};
          },
          [](const JobFailed& e) {
            return json{{"event", "job_failed"},
                        {"kind", to_string(e.kind)},
                        {"message", e.message},
                        {"hint", e.hint}};
          },
          [](const JobRetried& e) {
            return json{{"event", "job_retried"},
                        {"kind", to_string(e.why.kind)},
                        {"message", e.why.message},
                        {"hint", e.why.hint}};
          },
      },
      payload);
}

using Decode = EventPayload (*)(const json&);
struct NamedDecode {
  std::string_view name;
  Decode decode;
};

const std::array<NamedDecode, 13> kDecoders = {{
    {"job_started", [](const json&) -> EventPayload { return JobStarted{}; }},
    {"stage_started", [](const json& o) -> EventPayload { return StageStarted{stage_of(o)}; }},
    {"stage_progress",
     [](const json& o) -> EventPayload {
       return StageProgress{stage_of(o), o.at("done"), o.at("total")};
     }},
    {"training_step",
     [](const json& o) -> EventPayload {
       return TrainingStep{stage_of(o), o.at("step"), number_or_nan(o.at("loss")),
                           number_or_nan(o.at("learning_rate")), number_or_nan(o.at("grad_norm"))};
     }},
    {"stage_finished",
     [](const json& o) -> EventPayload {
       return StageFinished{stage_of(o), o.at("seconds"), o.at("peak_bytes"), plan_in(o, "plan")};
     }},
    {"plan_changed",
     [](const json& o) -> EventPayload {
       return PlanChanged{stage_of(o), plan_in(o, "from"), plan_in(o, "plan"), o.at("why")};
     }},
    {"leak_found",
     [](const json& o) -> EventPayload {
       return LeakFound{o.at("bytes"), o.at("text")};
     }},
    {"memory_sampled",
     [](const json& o) -> EventPayload {
       return MemorySampled{o.at("device_bytes"), o.at("host_bytes")};
     }},
    {"notice",
     [](const json& o) -> EventPayload {
       return Notice{stage_of(o), o.at("text")};
     }},
    {"preview_written",
     [](const json& o) -> EventPayload {
       return PreviewWritten{o.at("path"), o.at("step")};
     }},
    {"job_finished",
     [](const json& o) -> EventPayload {
       return JobFinished{o.at("output_bytes"), o.at("seconds")};
     }},
    {"job_retried",
     [](const json& o) -> EventPayload {
       return JobRetried{{error_kind_from(o.at("kind").get<std::string>()), o.at("message"), o.at("hint")}};
     }},
    {"job_failed",
     [](const json& o) -> EventPayload {
       return JobFailed{error_kind_from(o.at("kind").get<std::string>()), o.at("message"), o.at("hint")};
     }},
}};

EventPayload payload_from_json(const json& object) {
  const auto name = object.at("event").get<std::string>();
  for (const auto& [known, decode] : kDecoders) {
    if (known == name) return decode(object);
  }
  throw Error(ErrorKind::kWorker, fmt::format("unknown event \"{}\"", name));
}

/// Paths and messages may hold bytes that are not UTF-8; they must not break the link.
std::string dump(const json& object) { return object.dump(-1, ' ', false, json::error_handler_t::replace); }

template <typename Read>
auto guarded(const std::string& text, Read read) {
  try {
    return read(json::parse(text));
  } catch (const json::exception& error) {
    throw Error(ErrorKind::kWorker, fmt::format("malformed message on the link: {}", error.what()));
  } catch (const Error& error) {
    throw Error(ErrorKind::kWorker, fmt::format("malformed message on the link: {}", error.what()));
  }
}

}  // namespace

std::string encode(const ToWorker& message) {
  return std::visit(Overloaded{
                        [](const RunJob& m) {
                          return dump({{"run", to_json(m.attempt.spec)},
                                       {"job", m.attempt.job},
                                       {"attempt", m.attempt.id},
                                       {"device", m.attempt.device},
                                       {"part", to_string(m.attempt.part)},
                                       {"state_file", m.attempt.state_file},
                                       {"plan", to_string(m.attempt.plan)}});
                        },
                        [](const Cancel& m) {
                          return dump({{"cancel", m.attempt}});
                        },
                    },
                    message);
}

std::string encode(const FromWorker& message) {
  return std::visit(
      Overloaded{
          [](const Hello& m) {
            return dump(
                {{"hello", m.version}, {"device", m.device}, {"torch", m.torch}, {"threads", m.threads}});
          },
          [](const Refusal& m) {
            return dump({{"refusal", m.message}, {"hint", m.hint}});
          },
          [](const Heartbeat& m) {
            return dump(m.held ? json{{"heartbeat", true}, {"held", m.held->bytes}}
                               : json{{"heartbeat", true}});
          },
          [](const Event& e) {
            json object = payload_to_json(e.what);
            object.update({{"job", e.job}, {"attempt", e.attempt}, {"device", e.device}, {"at", e.at}});
            return dump(object);
          },
      },
      message);
}

ToWorker decode_to_worker(const std::string& text) {
  return guarded(text, [](const json& object) -> ToWorker {
    if (object.contains("cancel")) return Cancel{object.at("cancel")};
    return RunJob{{object.at("attempt"), object.at("job"), object.at("device"),
                   job_from_json(object.at("run")), part_of(object), object.at("state_file"),
                   plan_in(object, "plan")}};
  });
}

FromWorker decode_from_worker(const std::string& text) {
  return guarded(text, [](const json& object) -> FromWorker {
    if (object.contains("hello"))
      return Hello{object.at("hello"), object.at("device"), object.at("torch"), object.at("threads")};
    if (object.contains("refusal")) return Refusal{object.at("refusal"), object.at("hint")};
    if (object.contains("heartbeat")) {
      if (!object.contains("held")) return Heartbeat{};
      return Heartbeat{BytesByCategory{object.at("held")}};
    }
    return Event{object.at("job"), object.at("attempt"), object.at("device"), payload_from_json(object),
                 object.value("at", 0.0)};
  });
}

}  // namespace clipmill::link
