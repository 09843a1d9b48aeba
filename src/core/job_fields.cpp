#include "core/job_fields.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <tuple>

#include "base/error.h"
#include "base/local_time.h"
#include "base/number.h"
#include "base/text.h"
#include "base/units.h"
#include "core/field_values.h"
#include "core/memory_ladder.h"
#include "core/words.h"

namespace clipmill {
namespace {

using namespace field_values;  // this file is the table of what they read

// Field makers, one for each shape of member. `Member` yields a reference to it in a (const) JobSpec.
using Get = std::optional<FieldValue>;

#define CLIPMILL_TEXT(key, member, name, help)                                          \
  JobField {                                                                            \
    key, FieldType::kText, name, help,                                                  \
        [](JobSpec& job, const FieldValue& value) { job.member = text(value); },        \
        [](const JobSpec& job) { return job.member.empty() ? Get() : Get(job.member); } \
  }
#define CLIPMILL_PATH(key, member, use, name, help)                                                    \
  JobField {                                                                                           \
    key, FieldType::kText, name, help,                                                                 \
        [](JobSpec& job, const FieldValue& value) { job.member = text(value); },                       \
        [](const JobSpec& job) { return job.member.empty() ? Get() : Get(job.member); }, FieldUse::use \
  }
#define CLIPMILL_INTEGER(key, member, least, most, name, help, ...)                                          \
  JobField {                                                                                                 \
    key, FieldType::kInteger, name, help,                                                                    \
        [](JobSpec& job, const FieldValue& value) {                                                          \
          job.member = static_cast<int>(integer(value, least, most));                                        \
        },                                                                                                   \
        [](const JobSpec& job) { return Get(std::int64_t{job.member}); } __VA_OPT__(, FieldUse::__VA_ARGS__) \
  }
#define CLIPMILL_NUMBER(key, member, least, most, name, help)                                   \
  JobField {                                                                                    \
    key, FieldType::kNumber, name, help,                                                        \
        [](JobSpec& job, const FieldValue& value) { job.member = number(value, least, most); }, \
        [](const JobSpec& job) { return Get(job.member); }                                      \
  }
#define CLIPMILL_LORAS(key, member, help)                                                              \
  JobField {                                                                                           \
    key, FieldType::kText, "FILE[:SCALE]", help,                                                       \
        [](JobSpec& job, const FieldValue& value) { job.member = parse_loras(text(value)); },          \
        [](const JobSpec& job) { return job.member.empty() ? Get() : Get(format_loras(job.member)); }, \
        FieldUse::kReadsEach                                                                           \
  }
#define CLIPMILL_WORDS(key, member, check, name, help)                                               \
  JobField {                                                                                         \
    key, FieldType::kText, name, help,                                                               \
        [](JobSpec& job, const FieldValue& value) { job.member = check(value); },                    \
        [](const JobSpec& job) { return job.member.empty() ? Get() : Get(join_words(job.member)); }, \
        FieldUse::kWords                                                                             \
  }
#define CLIPMILL_OPTIONAL(key, member, least, most, name, help)                                 \
  JobField {                                                                                    \
    key, FieldType::kNumber, name, help,                                                        \
        [](JobSpec& job, const FieldValue& value) { job.member = number(value, least, most); }, \
        [](const JobSpec& job) { return job.member ? Get(*job.member) : Get(); }                \
  }

const JobField kFields[] = {
    JobField{"engine", FieldType::kText, "NAME", "clipmill, or command: a program of your own makes the clip",
             [](JobSpec& job, const FieldValue& value) { job.kind = engine(value); },
             [](const JobSpec&) { return Get(); }},  // the kind says it
    CLIPMILL_TEXT("prompt", clip.prompt, "TEXT", "what the clip shows"),
    CLIPMILL_TEXT("negative_prompt", clip.negative_prompt, "TEXT",
                  "what it must not show (used when guidance > 1)"),
    CLIPMILL_PATH("model", model, kReads, "FOLDER", "checkpoint in the Diffusers layout"),
    CLIPMILL_LORAS("lora", loras,
                   "LoRA on the transformer, with its strength; several: repeat it, or FILE;FILE"),
    CLIPMILL_LORAS("lora_2", loras_2, "LoRA on the low-noise transformer (two-transformer models)"),
    JobField{"size", FieldType::kText, "WxH", "width and height in one, as 832x480",
             [](JobSpec& job, const FieldValue& value) {
               std::tie(job.clip.width, job.clip.height) = size(value);
             },
             [](const JobSpec&) { return Get(); }},
    CLIPMILL_INTEGER("width", clip.width, 1, kLongestSide, "PIXELS",
                     "width the model generates, a multiple of its grid (16)"),
    CLIPMILL_INTEGER("height", clip.height, 1, kLongestSide, "PIXELS",
                     "height the model generates, a multiple of its grid (16)"),
    CLIPMILL_INTEGER("frames", clip.frames, 1, 4097, "N", "frames to generate, 4k+1: 1, 5, … 81"),
    CLIPMILL_NUMBER("fps", clip.fps, 1, 240, "RATE", "frames a second at which they play"),
    CLIPMILL_INTEGER("steps", clip.steps, 1, 1000, "N", "denoising steps"),
    CLIPMILL_NUMBER("guidance", clip.guidance, 0, 100, "SCALE",
                    "classifier-free guidance; 1 or less turns it off and halves the time"),
    CLIPMILL_OPTIONAL("guidance_2", clip.guidance_2, 0, 100, "SCALE",
                      "guidance of the low-noise transformer (two-transformer models)"),
    CLIPMILL_OPTIONAL("flow_shift", clip.flow_shift, 0.01, 100, "SHIFT",
                      "of the noise schedule; default: the checkpoint's"),
    CLIPMILL_INTEGER("max_text_tokens", clip.max_text_tokens, 1, 4096, "N",
                     "prompt length in tokens, padding included"),
    JobField{"seed", FieldType::kInteger, "N", "of the initial noise",
             [](JobSpec& job, const FieldValue& value) {
               job.clip.seed =
                   static_cast<std::uint64_t>(integer(value, 0, std::numeric_limits<std::int64_t>::max()));
             },
             [](const JobSpec& job) { return Get(static_cast<std::int64_t>(job.clip.seed)); }},
    JobField{"precision", FieldType::kText, "TYPE",
             "fp32, bf16 or fp16, of text encoder and transformer; the VAE stays fp32",
             [](JobSpec& job, const FieldValue& value) { job.clip.precision = precision(value); },
             [](const JobSpec& job) { return Get(std::string(to_string(job.clip.precision))); }},
    JobField{"sampler", FieldType::kText, "NAME", "auto (the checkpoint's), unipc or euler",
             [](JobSpec& job, const FieldValue& value) { job.clip.sampler = sampler(value); },
             [](const JobSpec& job) { return Get(job.clip.sampler); }},
    JobField{"output_size", FieldType::kText, "WxH", "delivered width and height in one, as 1920x1080",
             [](JobSpec& job, const FieldValue& value) {
               std::tie(job.clip.output_width, job.clip.output_height) = size(value);
             },
             [](const JobSpec&) { return Get(); }},
    CLIPMILL_INTEGER("output_width", clip.output_width, 0, kLongestSide, "PIXELS",
                     "delivered width; 0: as generated"),
    CLIPMILL_INTEGER("output_height", clip.output_height, 0, kLongestSide, "PIXELS",
                     "delivered height; 0: as generated"),
    CLIPMILL_NUMBER("output_fps", clip.output_fps, 0, 240, "RATE", "delivered frames a second; 0: as fps"),
    CLIPMILL_TEXT("label", clip.label, "TEXT", "visible mark on the picture, as AI-generated or AI生成"),
    CLIPMILL_TEXT("filter", clip.filter, "GRAPH", "libavfilter graph of your own, as eq=contrast=1.1"),
    CLIPMILL_INTEGER("crf", clip.crf, 0, 51, "N", "x264 quality: 0 lossless … 51 worst"),
    CLIPMILL_INTEGER("priority", priority, -1000, 1000, "N", "larger starts first", kScheduling),
    JobField{
        "deadline", FieldType::kText, "TIME", "when it should be done, as \"2026-12-04 18:00\"",
        [](JobSpec& job, const FieldValue& value) { job.deadline = parse_local_time(text(value)); },
        [](const JobSpec& job) { return job.deadline > 0 ? Get(format_local_time(job.deadline)) : Get(); },
        FieldUse::kScheduling},
    JobField{"after", FieldType::kText, "FILE",
             "output of a job that must be done before this one starts; several: repeat it, or FILE;FILE",
             [](JobSpec& job, const FieldValue& value) { job.after = outputs_in(text(value)); },
             [](const JobSpec& job) { return job.after.empty() ? Get() : Get(joined(job.after)); },
             FieldUse::kNeeds},
    CLIPMILL_TEXT("producer", producer, "NAME", "ContentProducer in the machine-readable AIGC mark"),
    JobField{"output", FieldType::kText, "FILE",
             "the finished clip (.mp4); in a manifest a template, as {index:03}-{slug}.mp4",
             [](JobSpec& job, const FieldValue& value) {
               job.output = job.kind == JobKind::kClip ? clip_file(value) : text(value);
             },
             [](const JobSpec& job) { return job.output.empty() ? Get() : Get(job.output); },
             FieldUse::kWrites},
    CLIPMILL_PATH("init_latents", init_latents, kReads, "FILE",
                  "safetensors whose `latents` is the initial noise"),
    CLIPMILL_PATH("save_tensors", save_tensors, kWrites, "FOLDER",
                  "keep latents, frames and prompt embeddings as safetensors"),
    CLIPMILL_PATH("frames_folder", frames_folder, kWrites, "FOLDER", "also write every frame as PNG"),
    CLIPMILL_PATH("contact_sheet", contact_sheet, kWrites, "FILE",
                  "also write a PNG of evenly spaced frames"),
    CLIPMILL_PATH("poster", poster, kWrites, "FILE", "also write a small JPEG"),
    CLIPMILL_PATH("memory_usage", memory_usage, kWrites, "FILE",
                  "also write the device memory that each stage took, and what took it, as JSON"),
    JobField{
        "memory_plan", FieldType::kText, "PLAN",
        "how device memory is used: resident or released, with text streamed, streamed, chunks N, strips N; "
        "as \"released, streamed, chunks 4, strips 8\"; default: the fastest that fits",
        [](JobSpec& job, const FieldValue& value) { job.memory_plan = memory_plan_from(text(value)); },
        [](const JobSpec& job) { return job.memory_plan ? Get(to_string(*job.memory_plan)) : Get(); },
        FieldUse::kScheduling},
    JobField{
        "approximate", FieldType::kText, "int8",
        "what may change the clip a little where it fits no other way: int8, the transformer's weights in 8 "
        "bits; default: nothing",
        [](JobSpec& job, const FieldValue& value) { job.approximate = approximation(value); },
        [](const JobSpec& job) { return job.approximate ? Get(std::string("int8")) : Get(); }},
    CLIPMILL_INTEGER("preview_every", preview_every, 0, 1000, "STEPS",
                     "write OUTPUT.preview.png every so many steps; 0: never", kScheduling),
    CLIPMILL_WORDS("command", command.words, command_words, "WORDS",
                   "of engine command: program and arguments, with {prompt}, {seed}, {output}, …"),
    CLIPMILL_WORDS("env", command.variables, variables, "NAME=VALUE",
                   "of engine command: environment variables, with the same placeholders"),
    CLIPMILL_TEXT("working_folder", command.working_folder, "FOLDER",
                  "of engine command: where it runs; by default the manifest's folder"),
    JobField{"memory", FieldType::kText, "BYTES",
             "of engine command: peak device memory, as 12GB; over it the program is killed; 0: not known",
             [](JobSpec& job, const FieldValue& value) { job.command.memory_bytes = bytes(value); },
             [](const JobSpec& job) {
               return job.command.memory_bytes == 0 ? Get() : Get(std::to_string(job.command.memory_bytes));
             },
             FieldUse::kScheduling},
    JobField{
        "time_limit", FieldType::kNumber, "SECONDS",
        "seconds after which it has failed, counted anew where it goes on after an interruption; 0: none",
        [](JobSpec& job, const FieldValue& value) {
          job.time_limit_seconds = number(value, 0, kLongestSeconds);
        },
        [](const JobSpec& job) { return job.time_limit_seconds == 0 ? Get() : Get(job.time_limit_seconds); },
        FieldUse::kScheduling},
    JobField{
        "progress", FieldType::kText, "REGEX",
        "of engine command: finds its progress in a line: (done) of (total), or (percent)",
        [](JobSpec& job, const FieldValue& value) { job.command.progress = progress_pattern(value); },
        [](const JobSpec& job) { return job.command.progress.empty() ? Get() : Get(job.command.progress); },
        FieldUse::kScheduling},
    JobField{"tracemalloc", FieldType::kInteger, "N",
             "of engine command, Python: write OUTPUT.tracemalloc.txt, the N lines whose memory grew most",
             [](JobSpec& job, const FieldValue& value) {
               job.command.tracemalloc = static_cast<int>(integer(value, 0, 1000));
             },
             [](const JobSpec& job) {
               return job.command.tracemalloc == 0 ? Get() : Get(std::int64_t{job.command.tracemalloc});
             },
             FieldUse::kScheduling},
};

/// What clipmill itself sets. First in reading, because the kind decides what the others may be.
const JobField kOwnFields[] = {
    JobField{"kind", FieldType::kText, "", "",
             [](JobSpec& job, const FieldValue& value) { job.kind = kind(value); },
             [](const JobSpec& job) {
               return job.kind == JobKind::kClip ? Get() : Get(std::string(to_string(job.kind)));
             }},
    JobField{"recipe", FieldType::kText, "", "",
             [](JobSpec& job, const FieldValue& value) { job.recipe = text(value, kLongestRecipe); },
             [](const JobSpec& job) { return job.recipe.empty() ? Get() : Get(job.recipe); }},
    JobField{"inputs", FieldType::kText, "", "",
             [](JobSpec& job, const FieldValue& value) { job.inputs = text(value); },
             [](const JobSpec& job) { return job.inputs.empty() ? Get() : Get(job.inputs); }},
};

#undef CLIPMILL_TEXT
#undef CLIPMILL_PATH
#undef CLIPMILL_INTEGER
#undef CLIPMILL_NUMBER
#undef CLIPMILL_LORAS
#undef CLIPMILL_WORDS
#undef CLIPMILL_OPTIONAL

template <typename Number>
FieldValue parse_number(std::string_view text, std::string_view what) {
  if (const auto number = number_in<Number>(text)) return *number;
  throw input_error("must be {}, not \"{}\"", what, shorten(text, 60));
}

FieldValue field_from_json(const nlohmann::json& value) {
  if (value.is_number_unsigned() && value.get<std::uint64_t>() > std::numeric_limits<std::int64_t>::max()) {
    throw input_error("must be below 2^63, not {}", value.get<std::uint64_t>());
  }
  if (value.is_number_integer()) return value.get<std::int64_t>();
  if (value.is_number()) return value.get<double>();
  if (value.is_string()) return value.get<std::string>();
  throw input_error("must be a text or a number, not {}", value.type_name());
}

void set(JobSpec& spec, const JobField& field, const nlohmann::json& value) try {
  field.set(spec, field_from_json(value));
} catch (const Error& error) {
  throw input_error("{} {}", field.key, error.what());
}

bool is_own(std::string_view key) {
  return std::ranges::any_of(kOwnFields, [&](const JobField& field) { return field.key == key; });
}

}  // namespace

std::span<const JobField> job_fields() { return kFields; }

const JobField* find_job_field(std::string_view key) {
  for (const JobField& field : kFields) {
    if (field.key == key) return &field;
  }
  return nullptr;
}

std::vector<std::string> paths_in(const JobField& field, const JobSpec& spec) {
  const bool is_path =
      field.use != FieldUse::kSetting && field.use != FieldUse::kScheduling && field.use != FieldUse::kWords;
  const auto value = is_path ? field.get(spec) : std::nullopt;
  if (!value) return {};
  const auto& text = std::get<std::string>(*value);
  if (field.use == FieldUse::kNeeds) return outputs_in(text);
  if (field.use != FieldUse::kReadsEach) return {text};
  std::vector<std::string> paths;
  for (const LoraChoice& lora : parse_loras(text)) paths.push_back(lora.path);
  return paths;
}

void replace_paths(const JobField& field, JobSpec& spec,
                   const std::function<std::string(const std::string&)>& replacement) {
  if (paths_in(field, spec).empty()) return;
  const auto text = std::get<std::string>(*field.get(spec));
  if (field.use == FieldUse::kNeeds) {
    std::vector<std::string> outputs = outputs_in(text);
    for (std::string& output : outputs) output = replacement(output);
    return field.set(spec, joined(outputs));
  }
  if (field.use != FieldUse::kReadsEach) return field.set(spec, replacement(text));
  std::vector<LoraChoice> loras = parse_loras(text);
  for (LoraChoice& lora : loras) lora.path = replacement(lora.path);
  field.set(spec, format_loras(loras));
}

std::string text_of_list(const JobField& field, std::span<const std::string> list) {
  if (field.use == FieldUse::kWords) return join_words(list);
  return fmt::format("{}", fmt::join(list, std::string(1, kListSeparator)));
}

std::string text_of_repeated(const JobField& field, std::span<const std::string> given) {
  const char separator = field.use == FieldUse::kWords ? ' ' : kListSeparator;
  return is_list(field.use) ? fmt::format("{}", fmt::join(given, std::string(1, separator))) : given.back();
}

FieldValue parse_field(const JobField& field, std::string_view text) {
  switch (field.type) {
    case FieldType::kInteger:
      return parse_number<std::int64_t>(text, "a whole number");
    case FieldType::kNumber:
      return parse_number<double>(text, "a number");
    case FieldType::kText:
      break;
  }
  return std::string(text);
}

nlohmann::json to_json(const JobSpec& spec) {
  nlohmann::json object = nlohmann::json::object();
  const auto add = [&](const JobField& field) {
    if (const auto value = field.get(spec)) {
      std::visit([&](const auto& v) { object[std::string(field.key)] = v; }, *value);
    }
  };
  for (const JobField& field : kOwnFields) add(field);
  for (const JobField& field : kFields) {
    if (makes_clip(spec.kind) || field.use != FieldUse::kSetting) add(field);
  }
  return object;
}

JobSpec job_from_json(const nlohmann::json& object) {
  JobSpec spec;
  for (const JobField& field : kOwnFields) {
    if (const auto found = object.find(field.key); found != object.end()) set(spec, field, *found);
  }
  for (const auto& [key, value] : object.items()) {
    if (is_own(key)) continue;
    const JobField* field = find_job_field(key);
    if (!field) throw input_error("unknown key \"{}\"", key);
    set(spec, *field, value);
  }
  return spec;
}

std::string_view to_string(Precision precision) {
  switch (precision) {
    case Precision::kBf16:
      return "bf16";
    case Precision::kFp16:
      return "fp16";
    case Precision::kFp32:
      break;
  }
  return "fp32";
}

Precision precision_from(std::string_view name) {
  for (const Precision choice : {Precision::kFp32, Precision::kBf16, Precision::kFp16}) {
    if (name == to_string(choice)) return choice;
  }
  throw input_error("must be fp32, bf16 or fp16, not \"{}\"", shorten(name, 60));
}

std::string_view to_string(JobKind kind) {
  switch (kind) {
    case JobKind::kTrain:
      return "train";
    case JobKind::kEvaluate:
      return "evaluate";
    case JobKind::kBatch:
      return "batch";
    case JobKind::kCommand:
      return "command";
    case JobKind::kClip:
      break;
  }
  return "clip";
}

}  // namespace clipmill
