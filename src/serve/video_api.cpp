#include "serve/video_api.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/error.h"
#include "base/fnv1a.h"
#include "base/number.h"
#include "base/text.h"
#include "core/job_fields.h"
#include "serve/http_error.h"
#include "serve/video_object.h"
#include "serve/video_request.h"

namespace clipmill {
namespace {

using nlohmann::json;

constexpr std::string_view kVideos = "/v1/videos", kContent = "/content", kRemix = "/remix";
constexpr std::size_t kPage = 20, kLongestPage = 100;
constexpr int kDeepest = 8;  // an object, its extra_params, and what a client may put there

HttpResponse refusal(const VideoProblem& problem) {
  return error_response(problem.status, problem.message, problem.parameter);
}

std::string with_hint(const Error& error) {
  return error.hint().empty() ? error.what() : fmt::format("{}; {}", error.what(), error.hint());
}

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
    if (depth > kDeepest) throw VideoProblem{"the body is nested too deeply", ""};
    return true;
  };
  json body = json::parse(request.body, shallow, false);
  if (body.is_discarded()) throw VideoProblem{"the body is no JSON", ""};
  return body;
}

class VideoApi {
 public:
  VideoApi(Service& service, VideoSetting setting) : service_(service), setting_(std::move(setting)) {}

  HttpResponse answer(const HttpRequest& request) const try {
    const std::string_view path = request.path;
    if (path == "/healthz" && request.method == "GET") return {200, json_text({{"status", "ok"}})};
    if (path == "/v1/models" && request.method == "GET") return {200, json_text(models())};
    if (path == kVideos && request.method == "POST")
      return {200, json_text(create(request, JobSpec(), false))};
    if (path == kVideos && request.method == "GET") return {200, json_text(list(request))};
    if (path.starts_with(kVideos) && path.substr(kVideos.size()).starts_with('/'))
      return about_one(request, path.substr(kVideos.size() + 1));
    throw VideoProblem{fmt::format("there is no {} {}", request.method, shorten(request.path, 100)), "", 404};
  } catch (const VideoProblem& problem) {
    return refusal(problem);
  } catch (const Error& error) {
    return refusal({with_hint(error), "", error.kind() == ErrorKind::kInput ? 400 : 500});
  }

 private:
  HttpResponse about_one(const HttpRequest& request, std::string_view rest) const {
    const std::string_view id = rest.substr(0, rest.find('/')), behind = rest.substr(id.size());
    const Job job = known(id);
    if (request.method == "GET" && behind.empty())
      return {200, json_text(video_object(service_.show(job.id)))};
    if (request.method == "GET" && behind == kContent) return content(request, job);
    if (request.method == "DELETE" && behind.empty()) return {200, json_text(removed(job))};
    if (request.method == "POST" && behind == kRemix) return {200, json_text(remix(request, job))};
    throw VideoProblem{fmt::format("there is no {} {}", request.method, shorten(request.path, 100)), "", 404};
  }

  Job known(std::string_view id) const {
    if (const auto number = job_of_video(id)) {
      const auto job = service_.find(*number);
      if (job && is_ours(*job)) return *job;
    }
    throw VideoProblem{fmt::format("there is no video {}", shorten(id, 60)), "video_id", 404};
  }

  /// Jobs of manifests are their owner's, not this API's clients'.
  bool is_ours(const Job& job) const {
    return std::filesystem::path(job.spec.output).parent_path() == setting_.folder;
  }

  json models() const {
    json data = json::array();
    for (const std::string& name : setting_.models())
      data.push_back({{"id", name}, {"object", "model"}, {"created", 0}, {"owned_by", "clipmill"}});
    return {{"object", "list"}, {"data", data}};
  }

  /// A key that was used for another video.
  void refuse_other(const JobSpec& job) const {
    const auto before = service_.find_output(job.output);
    if (before && to_json(before->spec) != to_json(job))
      throw VideoProblem{fmt::format("this key made another video, {}", video_id(before->id)),
                         "Idempotency-Key", 409};
  }

  /// `job`: what it has if the request does not say otherwise; of a video that it `remixes`, all that it is.
  json create(const HttpRequest& request, JobSpec job, bool remixes) const {
    const json body = body_of(request);
    if (body.is_object() && body.contains("model") && !body["model"].is_null()) {
      if (!body["model"].is_string()) throw VideoProblem{"model: must be a name", "model"};
      job.model = path_of_model(body["model"].get<std::string>());
    }
    if (job.model.empty()) job.model = path_of_model(only_model());
    if (!remixes) setting_.shape(job);
    set_video(job, body);
    job.output = (setting_.folder / (name_for(request) + ".mp4")).string();
    setting_.prepare(job);
    refuse_other(job);
    return video_object(service_.show(service_.submit({job}).front()));
  }

  json remix(const HttpRequest& request, const Job& of) const {
    JobSpec job;
    job.model = of.spec.model, job.loras = of.spec.loras, job.loras_2 = of.spec.loras_2;
    job.clip = of.spec.clip;
    json video = create(request, std::move(job), true);
    video["remixed_from_video_id"] = video_id(of.id);
    return video;
  }

  std::string path_of_model(const std::string& name) const try {
    return setting_.model_path(name);
  } catch (const Error& error) {
    throw VideoProblem{with_hint(error), "model", 400};
  }

  std::string only_model() const {
    const std::vector<std::string> names = setting_.models();
    if (names.size() == 1) return names.front();
    throw VideoProblem{"model: is missing; GET /v1/models lists them", "model"};
  }

  /// The same key is the same output, and so the same job.
  std::string name_for(const HttpRequest& request) const {
    const std::string key = request.header("idempotency-key");
    if (key.empty()) return setting_.new_name();
    Fnv1a hash;
    hash.add(key);
    return fmt::format("key-{:016x}", hash.value());
  }

  json list(const HttpRequest& request) const {
    const auto asked = [&](const char* name) {
      const auto found = request.query.find(name);
      return found == request.query.end() ? std::string() : found->second;
    };
    std::vector<JobView> jobs = service_.queue().jobs;
    std::erase_if(jobs, [this](const JobView& view) { return !is_ours(view.job); });
    if (const std::string order = asked("order"); order != "asc") {
      if (!order.empty() && order != "desc") throw VideoProblem{"order: must be asc or desc", "order"};
      std::ranges::reverse(jobs);
    }
    auto first = jobs.begin();
    if (const std::string after = asked("after"); !after.empty()) {
      const auto known = job_of_video(after);
      first = std::ranges::find_if(jobs, [&](const JobView& view) { return view.job.id == known; });
      if (first == jobs.end()) throw VideoProblem{fmt::format("after: there is no video {}", after), "after"};
      ++first;
    }
    const auto count = std::min<std::ptrdiff_t>(page_size(asked("limit")), jobs.end() - first);
    json data = json::array();
    std::for_each(first, first + count, [&](const JobView& view) { data.push_back(video_object(view)); });
    return {{"object", "list"},
            {"first_id", data.empty() ? json() : data.front()["id"]},
            {"last_id", data.empty() ? json() : data.back()["id"]},
            {"has_more", first + count != jobs.end()},
            {"data", data}};
  }

  static std::ptrdiff_t page_size(const std::string& text) {
    if (text.empty()) return kPage;
    const auto size = number_in<std::size_t>(text);
    if (!size || *size < 1 || *size > kLongestPage)
      throw VideoProblem{fmt::format("limit: must be from 1 to {}", kLongestPage), "limit"};
    return static_cast<std::ptrdiff_t>(*size);
  }

  static HttpResponse content(const HttpRequest& request, const Job& job) {
    const auto variant = request.query.find("variant");
    if (variant != request.query.end() && variant->second != "video")
      throw VideoProblem{fmt::format("variant: {} is not served yet; video is", variant->second), "variant"};
    if (job.state != JobState::kDone)
      throw VideoProblem{fmt::format("{} is not completed: it is {}", video_id(job.id), to_string(job.state)),
                         "", 409};
    return {.type = "video/mp4", .file = job.spec.output};
  }

  json removed(const Job& job) const {
    service_.remove(job.id);
    return {{"id", video_id(job.id)}, {"object", "video.deleted"}, {"deleted", true}};
  }

  Service& service_;
  const VideoSetting setting_;
};

}  // namespace

HttpHandler video_api(Service& service, VideoSetting setting) {
  return [api = VideoApi(service, std::move(setting))](const HttpRequest& request) {
    return api.answer(request);
  };
}

}  // namespace clipmill
