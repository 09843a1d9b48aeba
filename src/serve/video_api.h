// The API that clients for video generation speak: OpenAI's /v1/videos, with the extensions of open servers.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "manifest/manifest.h"
#include "serve/routes.h"
#include "serve/service.h"

namespace clipmill {

/// What the API needs beside the queue.
struct VideoSetting {
  std::function<std::vector<std::string>()> models;           ///< names
  std::function<std::string(const std::string&)> model_path;  ///< of a name; throws Error(kInput)
  std::function<std::string(const std::string&)> lora_path;   ///< the same
  std::function<void(JobSpec&)> shape;     ///< gives a job the size and length that its model is made for
  std::function<void(Manifest&)> prepare;  ///< checks clips and stamps their inputs; throws Error(kInput)
  std::filesystem::path folder;            ///< of finished clips
  std::function<std::string()> new_name;   ///< another one each time, without dots
  std::function<double()> wall_time;       ///< Unix seconds
};

/// Where the clips of `client` lie: who has a name has a folder beside the others'.
std::filesystem::path video_folder(const VideoSetting& setting, const Client& client);

/// POST /v1/videos (JSON or a form; `Idempotency-Key`), GET /v1/videos (`after`, `limit`, `order`),
/// GET /v1/videos/ID, GET /v1/videos/ID/content (`variant`; ranges), DELETE /v1/videos/ID,
/// POST /v1/videos/ID/remix, POST /v1/batches (a manifest), GET /v1/models, GET /v1/models/ID,
/// GET /openapi.json. A client sees its own videos. A key is one request: with another body it is refused
/// (409).
Routes video_api(Service& service, VideoSetting setting);

}  // namespace clipmill
