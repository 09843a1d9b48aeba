#include "serve/video_api.h"

#include <algorithm>
#include <array>
#include <memory>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/text.h"
#include "serve/asked.h"
#include "serve/json_text.h"
#include "serve/openapi.h"
#include "serve/video_list.h"
#include "serve/video_object.h"
#include "serve/video_submit.h"

namespace clipmill {
namespace {

using nlohmann::json;

constexpr std::size_t kEchoedName = 60;

/// A kind of picture of a clip, and the file that holds it.
struct Variant {
  std::string_view name, type;
  std::string JobSpec::*file;
};
constexpr std::array<Variant, 3> kVariants = {{
    {"video", "video/mp4", &JobSpec::output},
    {"thumbnail", "image/jpeg", &JobSpec::poster},
    {"spritesheet", "image/png", &JobSpec::contact_sheet},
}};

/// A manifest's problems have lines.
HttpResponse refusal(const ManifestError& error) {
  HttpResponse answer = error_response(422, error.what());
  json body = json::parse(answer.body);
  for (const Diagnostic& each : error.diagnostics())
    body["error"]["details"].push_back({{"line", each.line}, {"message", each.message}});
  answer.body = json_text(body);
  return answer;
}

class VideoApi {
 public:
  VideoApi(Service& service, VideoSetting setting)
      : service_(service), setting_(std::move(setting)), submit_(service_, setting_) {}

  HttpResponse document(const HttpRequest&, std::string_view) { return {200, json_text(openapi())}; }

  HttpResponse models(const HttpRequest&, std::string_view) {
    json data = json::array();
    for (const std::string& name : setting_.models()) data.push_back(model(name));
    return {200, json_text({{"object", "list"}, {"data", data}})};
  }

  HttpResponse one_model(const HttpRequest&, std::string_view id) {
    const std::vector<std::string> names = setting_.models();
    if (std::ranges::count(names, id) > 0) return {200, json_text(model(std::string(id)))};
    return error_response(404, fmt::format("there is no model {}", shorten(id, kEchoedName)), "model",
                          "model_not_found");
  }

  HttpResponse create(const HttpRequest& request, std::string_view) { return video(submit_.create(request)); }

  HttpResponse remix(const HttpRequest& request, std::string_view id) {
    return video(submit_.remix(request, known(request, id)));
  }

  HttpResponse batch(const HttpRequest& request, std::string_view) try {
    return {200, json_text(video_list(service_.brief(submit_.batch(request)), false))};
  } catch (const ManifestError& error) {
    return refusal(error);
  }

  HttpResponse list(const HttpRequest& request, std::string_view) {
    return {200, json_text(video_page(service_, prefix_of(request), request))};
  }

  HttpResponse show(const HttpRequest& request, std::string_view id) { return video(known(request, id).id); }

  HttpResponse content(const HttpRequest& request, std::string_view id) {
    const Job job = known(request, id);
    const std::string name = asked(request, "variant").value_or("video");
    const auto variant = std::ranges::find(kVariants, name, &Variant::name);
    if (variant == kVariants.end())
      throw RequestProblem{"variant: must be video, thumbnail or spritesheet", "variant"};
    if (job.state != JobState::kDone)
      throw RequestProblem{
          fmt::format("{} is not completed: it is {}", video_id(job.id), to_string(job.state)), "", 409};
    const std::string& file = job.spec.*variant->file;
    if (file.empty())
      throw RequestProblem{fmt::format("{} has no {}", video_id(job.id), name), "variant", 404};
    return {.type = std::string(variant->type), .file = file};
  }

  HttpResponse remove(const HttpRequest& request, std::string_view id) {
    const JobId job = known(request, id).id;
    service_.remove(job);
    return {200, json_text({{"id", video_id(job)}, {"object", "video.deleted"}, {"deleted", true}})};
  }

 private:
  static json model(const std::string& name) {
    return {{"id", name}, {"object", "model"}, {"created", 0}, {"owned_by", "clipmill"}};
  }

  HttpResponse video(JobId job) { return {200, json_text(video_object(service_.show(job)))}; }

  std::string prefix_of(const HttpRequest& request) const {
    return video_folder(setting_, request.client).string() + "/";
  }

  /// Jobs of manifests are their owner's, and other clients' videos theirs.
  Job known(const HttpRequest& request, std::string_view id) const {
    if (const auto number = job_of_video(id)) {
      const auto job = service_.find(*number);
      if (job && job->spec.output.starts_with(prefix_of(request))) return *job;
    }
    throw RequestProblem{fmt::format("there is no video {}", shorten(id, kEchoedName)), "video_id", 404};
  }

  Service& service_;
  const VideoSetting setting_;
  VideoSubmit submit_;
};

struct VideoRoute {
  const char *method, *path;
  HttpResponse (VideoApi::*answer)(const HttpRequest&, std::string_view name);
};
constexpr std::array<VideoRoute, 10> kVideoRoutes = {{
    {"GET", "/openapi.json", &VideoApi::document},
    {"GET", "/v1/models", &VideoApi::models},
    {"GET", "/v1/models/{}", &VideoApi::one_model},
    {"GET", "/v1/videos", &VideoApi::list},
    {"POST", "/v1/videos", &VideoApi::create},
    {"GET", "/v1/videos/{}", &VideoApi::show},
    {"DELETE", "/v1/videos/{}", &VideoApi::remove},
    {"GET", "/v1/videos/{}/content", &VideoApi::content},
    {"POST", "/v1/videos/{}/remix", &VideoApi::remix},
    {"POST", "/v1/batches", &VideoApi::batch},
}};

}  // namespace

std::filesystem::path video_folder(const VideoSetting& setting, const Client& client) {
  if (client.name.empty()) return setting.folder;
  return setting.folder.string() + "-" + client.name;
}

Routes video_api(Service& service, VideoSetting setting) {
  const auto api = std::make_shared<VideoApi>(service, std::move(setting));
  Routes routes;
  for (const VideoRoute& route : kVideoRoutes) {
    routes.add(route.method, route.path,
               [api, answer = route.answer](const HttpRequest& request, std::string_view name) {
                 return ((*api).*answer)(request, name);
               });
  }
  return routes;
}

}  // namespace clipmill
