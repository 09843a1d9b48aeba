#include "serve/video_request.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/error.h"
#include "base/number.h"
#include "base/text.h"
#include "core/job_fields.h"

namespace clipmill {
namespace {

using nlohmann::json;

/// Other servers' names for keys of ours.
constexpr std::array<std::pair<std::string_view, std::string_view>, 4> kAliases = {{
    {"num_frames", "frames"},
    {"num_inference_steps", "steps"},
    {"guidance_scale", "guidance"},
    {"guidance_scale_2", "guidance_2"},
}};
/// That no engine here serves yet.
constexpr std::array<std::string_view, 3> kNotServed = {"input_reference", "image", "video"};
/// Beside the keys of a clip.
constexpr std::array<std::string_view, 3> kElsewhere = {"model", "seconds", "extra_params"};
constexpr std::size_t kEchoed = 60;  // bytes of what a client wrote
/// Of a manifest's keys those that name no file, program or filter: what is the server's stays its own.
constexpr std::array<std::string_view, 22> kAsked = {
    "prompt",     "negative_prompt", "size",        "width",       "height",       "frames",
    "fps",        "steps",           "guidance",    "guidance_2",  "flow_shift",   "max_text_tokens",
    "seed",       "precision",       "sampler",     "output_size", "output_width", "output_height",
    "output_fps", "label",           "memory_plan", "approximate"};
constexpr double kMostSeconds = 3600;

std::string_view own_key(std::string_view key) {
  const auto alias = std::ranges::find(kAliases, key, &std::pair<std::string_view, std::string_view>::first);
  return alias == kAliases.end() ? key : alias->second;
}

std::string unknown(const std::string& whole) {
  const std::string key = shorten(whole, kEchoed);
  std::vector<std::string_view> known(kElsewhere.begin(), kElsewhere.end());
  for (const auto& [alias, own] : kAliases) known.push_back(alias);
  known.insert(known.end(), kAsked.begin(), kAsked.end());
  const std::string_view near = nearest(key, known);
  return near.empty() ? fmt::format("unknown parameter \"{}\"", key)
                      : fmt::format("unknown parameter \"{}\": did you mean \"{}\"?", key, near);
}

FieldValue value_of(const JobField& field, const json& value) {
  if (value.is_string()) return parse_field(field, value.get_ref<const std::string&>());
  if (value.is_number_integer()) return value.get<std::int64_t>();
  if (value.is_number()) return value.get<double>();
  throw input_error("must be a text or a number");
}

void set_field(JobSpec& job, const std::string& key, const json& value) {
  const JobField* field = find_job_field(own_key(key));
  if (!field || std::ranges::count(kAsked, field->key) == 0) throw VideoProblem{unknown(key), key};
  try {
    field->set(job, value_of(*field, value));
  } catch (const Error& error) {
    throw VideoProblem{fmt::format("{}: {}", key, error.what()), key};
  }
}

/// The nearest length of 4k+1 frames.
void set_seconds(JobSpec& job, const json& value) {
  double seconds = 0;
  if (value.is_number()) {
    seconds = value.get<double>();
  } else if (value.is_string()) {
    seconds = number_in<double>(value.get_ref<const std::string&>()).value_or(0);
  }
  if (!(seconds > 0 && seconds <= kMostSeconds))
    throw VideoProblem{fmt::format("seconds: must be above 0 and at most {}", kMostSeconds), "seconds"};
  job.clip.frames = 4 * static_cast<int>(std::lround((seconds * job.clip.fps - 1) / 4)) + 1;
  job.clip.frames = std::max(job.clip.frames, 1);
}

/// An object, or a form's text that holds one.
json extra_params(const json& value) {
  json object = value.is_string() ? json::parse(value.get_ref<const std::string&>(), nullptr, false) : value;
  if (!object.is_object()) throw VideoProblem{"extra_params: must be an object", "extra_params"};
  return object;
}

void set_all(JobSpec& job, const json& object) {
  for (const auto& [key, value] : object.items()) {
    if (value.is_null()) continue;
    if (std::ranges::count(kNotServed, key) > 0)
      throw VideoProblem{fmt::format("{}: no engine here takes it yet: clips are made from text alone", key),
                         key};
    set_field(job, key, value);
  }
}

}  // namespace

void set_video(JobSpec& job, const json& request) {
  if (!request.is_object()) throw VideoProblem{"the request must be a JSON object or a form", ""};
  json clip = request;
  for (const std::string_view key : kElsewhere) clip.erase(std::string(key));
  if (request.contains("extra_params") && !request["extra_params"].is_null()) {
    const json more = extra_params(request["extra_params"]);
    for (const auto& [key, value] : more.items()) {
      if (request.contains(key))
        throw VideoProblem{fmt::format("{}: is given twice", shorten(key, kEchoed)), key};
      clip[key] = value;
    }
  }
  set_all(job, clip);
  if (job.clip.prompt.empty()) throw VideoProblem{"prompt: is missing", "prompt"};
  if (!request.contains("seconds") || request["seconds"].is_null()) return;
  if (clip.contains("frames") || clip.contains("num_frames"))
    throw VideoProblem{"seconds: frames say the length already", "seconds"};
  set_seconds(job, request["seconds"]);  // after fps, whichever came first
}

}  // namespace clipmill
