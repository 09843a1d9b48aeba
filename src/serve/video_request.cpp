#include "serve/video_request.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/error.h"
#include "base/number.h"
#include "base/text.h"
#include "core/job_fields.h"
#include "serve/http_error.h"

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
constexpr std::string_view kLora = "lora";
constexpr std::size_t kEchoed = 60;  // bytes of what a client wrote
/// Of a manifest's keys those that name no file, program or filter: what is the server's stays its own.
constexpr std::array<std::string_view, 22> kAsked = {
    "prompt",     "negative_prompt", "size",        "width",       "height",       "frames",
    "fps",        "steps",           "guidance",    "guidance_2",  "flow_shift",   "max_text_tokens",
    "seed",       "precision",       "sampler",     "output_size", "output_width", "output_height",
    "output_fps", "label",           "memory_plan", "approximate"};
constexpr double kLongestVideo = 3600;

std::string_view own_key(std::string_view key) {
  const auto alias = std::ranges::find(kAliases, key, &std::pair<std::string_view, std::string_view>::first);
  return alias == kAliases.end() ? key : alias->second;
}

std::string unknown(const std::string& whole) {
  const std::string key = shorten(whole, kEchoed);
  std::vector<std::string_view> known(kElsewhere.begin(), kElsewhere.end());
  for (const auto& [alias, own] : kAliases) known.push_back(alias);
  known.insert(known.end(), kAsked.begin(), kAsked.end());
  known.push_back(kLora);
  const std::string_view near = nearest(key, known);
  if (near == key) return fmt::format("\"{}\" belongs beside extra_params, not into it", key);
  return near.empty() ? fmt::format("unknown parameter \"{}\"", key)
                      : fmt::format("unknown parameter \"{}\": did you mean \"{}\"?", key, near);
}

FieldValue value_of(const JobField& field, const json& value, bool texts) {
  if (value.is_string()) {
    const auto& text = value.get_ref<const std::string&>();
    return texts ? parse_field(field, text) : FieldValue(text);
  }
  if (value.is_number_integer()) return value.get<std::int64_t>();
  if (value.is_number()) return value.get<double>();
  throw input_error("must be a text or a number");
}

/// "NAME:0.8", "NAME;NAME", {"name", "scale"}, or several of them.
std::vector<LoraChoice> loras_of(const json& value) {
  if (value.is_string()) return parse_loras(value.get_ref<const std::string&>());
  std::vector<LoraChoice> loras;
  if (value.is_array()) {
    for (const json& each : value) {
      if (each.is_array()) throw input_error("must be a name, or a list of names");
      for (LoraChoice& lora : loras_of(each)) loras.push_back(std::move(lora));
    }
    return loras;
  }
  if (!value.is_object() || !value.contains("name") || !value["name"].is_string())
    throw input_error("must be a name, as \"style:0.8\", or a list of names");
  const json scale = value.value("scale", json(1));
  if (!scale.is_number()) throw input_error("scale must be a number");
  return parse_loras(fmt::format("{}:{}", value["name"].get_ref<const std::string&>(), scale.get<double>()));
}

void set_loras(JobSpec& job, const json& value, const RequestReading& reading) try {
  job.loras = loras_of(value);
  find_loras(job.loras, reading);
} catch (const Error& error) {
  throw RequestProblem{fmt::format("lora: {}", with_hint(error)), "lora", 422};
}

void set_field(JobSpec& job, const std::string& key, const json& value, const RequestReading& reading) {
  if (key == kLora) return set_loras(job, value, reading);
  const JobField* field = find_job_field(own_key(key));
  if (!field || std::ranges::count(kAsked, field->key) == 0) throw RequestProblem{unknown(key), key};
  try {
    field->set(job, value_of(*field, value, reading.texts));
  } catch (const Error& error) {
    throw RequestProblem{fmt::format("{}: {}", key, error.what()), key};
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
  if (!(seconds > 0 && seconds <= kLongestVideo))
    throw RequestProblem{fmt::format("seconds: must be above 0 and at most {}", kLongestVideo), "seconds"};
  job.clip.frames = 4 * static_cast<int>(std::lround((seconds * job.clip.fps - 1) / 4)) + 1;
  job.clip.frames = std::max(job.clip.frames, 1);
}

/// An object, or a form's text that holds one.
json extra_params(const json& value) {
  json object = value.is_string() ? json::parse(value.get_ref<const std::string&>(), nullptr, false) : value;
  if (!object.is_object()) throw RequestProblem{"extra_params: must be an object", "extra_params"};
  return object;
}

void set_all(JobSpec& job, const json& object, const RequestReading& reading) {
  std::map<std::string_view, const json*> given;
  for (const auto& [key, value] : object.items()) {
    if (value.is_null()) continue;
    const auto [first, is_fresh] = given.try_emplace(own_key(key), &value);
    if (!is_fresh && *first->second != value)
      throw RequestProblem{fmt::format("{}: is given twice", shorten(key, kEchoed)), key, 422};
    if (std::ranges::count(kNotServed, key) > 0)
      throw RequestProblem{
          fmt::format("{}: no engine here takes it yet: clips are made from text alone", key), key};
    set_field(job, key, value, reading);
  }
}

}  // namespace

void set_video(JobSpec& job, const json& request, const RequestReading& reading) {
  if (!request.is_object()) throw RequestProblem{"the request must be a JSON object or a form", ""};
  json clip = request;
  for (const std::string_view key : kElsewhere) clip.erase(std::string(key));
  if (request.contains("extra_params") && !request["extra_params"].is_null()) {
    const json more = extra_params(request["extra_params"]);
    for (const auto& [key, value] : more.items()) {
      if (request.contains(key))
        throw RequestProblem{fmt::format("{}: is given twice", shorten(key, kEchoed)), key, 422};
      clip[key] = value;
    }
  }
  set_all(job, clip, reading);
  if (job.clip.prompt.empty()) throw RequestProblem{"prompt: is missing", "prompt"};
  if (!request.contains("seconds") || request["seconds"].is_null()) return;
  const auto is_given = [&](const char* key) { return clip.contains(key) && !clip[key].is_null(); };
  if (is_given("frames") || is_given("num_frames"))
    throw RequestProblem{"seconds: frames say the length already", "seconds", 422};
  set_seconds(job, request["seconds"]);  // after fps, whichever came first
}

std::span<const std::string_view> client_keys() { return kAsked; }

std::vector<std::string_view> alias_keys() {
  std::vector<std::string_view> keys;
  for (const auto& [alias, own] : kAliases) keys.push_back(alias);
  return keys;
}

void find_loras(std::vector<LoraChoice>& loras, const RequestReading& reading) {
  for (LoraChoice& lora : loras) lora.path = reading.lora_path(lora.path);
}

}  // namespace clipmill
