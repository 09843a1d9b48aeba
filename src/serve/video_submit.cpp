#include "serve/video_submit.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "core/job_fields.h"
#include "serve/client_manifest.h"
#include "serve/http_error.h"
#include "serve/video_file.h"
#include "serve/video_object.h"

namespace clipmill {
namespace {

using nlohmann::json;

constexpr int kDeepest = 8;  // an object, its extra_params, and what a client may put there
constexpr const char* kKeyHeader = "idempotency-key";

/// Texts as they are; a file stands there as what no parameter takes.
json form_of(const HttpRequest& request) {
  json object = json::object();
  for (const auto& [key, text] : request.form)
    object[key] = request.files.contains(key) ? json::array() : json(text);
  return object;
}

json body_of(const HttpRequest& request) {
  if (!request.form.empty()) return form_of(request);
  if (request.body.empty()) return json::object();
  const auto shallow = [](int depth, json::parse_event_t, const json&) {
    if (depth > kDeepest) throw RequestProblem{"the body is nested too deeply", ""};
    return true;
  };
  json body = json::parse(request.body, shallow, false);
  if (body.is_discarded()) throw RequestProblem{"the body is no JSON", ""};
  return body;
}

void check_key(const std::string& key) {
  const bool plain = std::ranges::all_of(key, [](char c) { return c >= '!' && c <= '~'; });
  if (key.empty() || key.size() > kLongestKey || !plain)
    throw RequestProblem{
        fmt::format("Idempotency-Key: must be from 1 to {} letters, digits and signs", kLongestKey),
        "Idempotency-Key"};
}

/// Where files lie is the server's affair.
std::string without_paths(std::string text, const std::vector<JobSpec>& jobs) {
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    const std::size_t at = text.find(jobs[i].output);
    if (at == text.npos) continue;
    text.replace(at, jobs[i].output.size(), jobs.size() == 1 ? "the video" : fmt::format("video {}", i + 1));
  }
  return text;
}

}  // namespace

RequestReading VideoSubmit::reading(const HttpRequest& request) const {
  return {!request.form.empty(), setting_.lora_path};
}

std::string VideoSubmit::path_of_model(const std::string& name) const try {
  return setting_.model_path(name);
} catch (const Error& error) {
  throw RequestProblem{with_hint(error), "model", 422};
}

/// Empty where there are several.
std::string VideoSubmit::only_model() const {
  const std::vector<std::string> names = setting_.models();
  return names.size() == 1 ? names.front() : "";
}

std::string VideoSubmit::name_for(const HttpRequest& request) const {
  if (!request.headers.contains(kKeyHeader)) return setting_.new_name();
  const std::string key = request.header(kKeyHeader);
  check_key(key);
  return name_of_key(key);
}

JobId VideoSubmit::create(const HttpRequest& request) { return submit_one(request, JobSpec(), std::nullopt); }

JobId VideoSubmit::remix(const HttpRequest& request, const Job& of) {
  JobSpec job;
  job.model = of.spec.model, job.loras = of.spec.loras, job.loras_2 = of.spec.loras_2;
  job.clip = of.spec.clip;
  return submit_one(request, std::move(job), of.id);
}

/// `job`: what it has if the request does not say otherwise.
JobId VideoSubmit::submit_one(const HttpRequest& request, JobSpec job, std::optional<JobId> remix_of) {
  const json body = body_of(request);
  if (body.is_object() && body.contains("model") && !body["model"].is_null()) {
    if (!body["model"].is_string()) throw RequestProblem{"model: must be a name", "model"};
    job.model = path_of_model(body["model"].get<std::string>());
  }
  if (job.model.empty()) {
    const std::string only = only_model();
    if (only.empty()) throw RequestProblem{"model: is missing; GET /v1/models lists them", "model", 422};
    job.model = path_of_model(only);
  }
  if (!remix_of) setting_.shape(job);
  set_video(job, body, reading(request));
  Manifest manifest;
  manifest.jobs = {std::move(job)}, manifest.lines = {0};
  return submit(request, std::move(manifest), name_for(request), remix_of).front();
}

std::vector<JobId> VideoSubmit::batch(const HttpRequest& request) {
  const ManifestReading how{reading(request), setting_.model_path, setting_.shape, only_model()};
  Manifest manifest = client_manifest(request.body, format_of_type(request.header("content-type")), how);
  return submit(request, std::move(manifest), name_for(request), std::nullopt);
}

/// "NAME.mp4" alone, "NAME.1.mp4", "NAME.2.mp4", … of several; pictures beside each.
void VideoSubmit::name_outputs(const HttpRequest& request, Manifest& manifest, const std::string& name,
                               std::optional<JobId> remix_of) const {
  const std::filesystem::path folder = video_folder(setting_, request.client);
  for (std::size_t i = 0; i < manifest.jobs.size(); ++i) {
    JobSpec& job = manifest.jobs[i];
    const std::string own = manifest.jobs.size() == 1 ? name : fmt::format("{}.{}", name, i + 1);
    job.output = (folder / video_file(own, remix_of)).string();
    job.poster = std::filesystem::path(job.output).replace_extension(".jpg").string();
    job.contact_sheet = std::filesystem::path(job.output).replace_extension(".png").string();
  }
}

/// What is wrong with a single video has no line to be named.
void VideoSubmit::prepare(Manifest& manifest) const try {
  setting_.prepare(manifest);
} catch (const ManifestError& error) {
  if (manifest.lines.front() > 0) throw;
  std::string all;
  for (const Diagnostic& each : error.diagnostics()) all += (all.empty() ? "" : "; ") + each.message;
  throw RequestProblem{all, "", 422};
} catch (const Error& error) {
  if (error.kind() != ErrorKind::kInput) throw;
  throw RequestProblem{with_hint(error), "", 422};
}

std::vector<JobId> VideoSubmit::submit(const HttpRequest& request, Manifest manifest, const std::string& name,
                                       std::optional<JobId> remix_of) {
  name_outputs(request, manifest, name, remix_of);
  prepare(manifest);
  const std::lock_guard lock(mutex_);
  const std::string prefix = (video_folder(setting_, request.client) / name).string() + ".";
  if (const auto known = known_jobs(prefix, manifest.jobs); !known.empty()) return known;
  take_quota(request.client, manifest.jobs.size());
  try {
    return service_.submit(manifest.jobs);
  } catch (const Error& error) {
    quota_.give_back(request.client, manifest.jobs.size());
    if (error.kind() != ErrorKind::kInput) throw;
    throw RequestProblem{without_paths(with_hint(error), manifest.jobs), "", 422};
  }
}

/// Those of the same request with this key before, however they ended; none: there was none. Throws where it
/// was something else.
std::vector<JobId> VideoSubmit::known_jobs(const std::string& prefix,
                                           const std::vector<JobSpec>& jobs) const {
  const std::vector<Job> before = service_.with_prefix(prefix);
  if (before.empty()) return {};
  const auto is_same = [](const Job& known, const JobSpec& job) {
    return known.spec.output == job.output && to_json(known.spec) == to_json(job);
  };
  if (!std::ranges::equal(before, jobs, is_same))
    throw RequestProblem{fmt::format("this key made something else, as {}", video_id(before.front().id)),
                         "Idempotency-Key", 409};
  std::vector<JobId> ids;
  for (const Job& job : before) ids.push_back(job.id);
  return ids;
}

void VideoSubmit::take_quota(const Client& client, std::size_t count) {
  if (client.waiting > 0) {
    const auto most = static_cast<std::size_t>(client.waiting);
    const std::string prefix = video_folder(setting_, client).string() + "/";
    const std::size_t open = service_.jobs({.prefix = prefix, .limit = most, .open = true}).size();
    if (open + count > most)
      throw RequestProblem{
          fmt::format("{} videos are queued or in progress: this token may have {} at once", open, most), "",
          429};
  }
  const double wait = quota_.take(client, count, setting_.wall_time());
  if (wait > 0)
    throw RequestProblem{fmt::format("this token may ask for {} videos an hour", client.hourly), "", 429,
                         wait};
}

}  // namespace clipmill
