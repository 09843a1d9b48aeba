// The API that clients for video generation speak: OpenAI's /v1/videos, with the extensions of open servers.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "serve/http.h"
#include "serve/service.h"

namespace clipmill {

/// What the API needs beside the queue.
struct VideoSetting {
  std::function<std::vector<std::string>()> models;           ///< names
  std::function<std::string(const std::string&)> model_path;  ///< of a name; throws Error(kInput)
  std::function<void(JobSpec&)> shape;    ///< gives a job the size and length that its model is made for
  std::function<void(JobSpec&)> prepare;  ///< checks a job and stamps its inputs; throws Error(kInput)
  std::filesystem::path folder;           ///< of finished clips
  std::function<std::string()> new_name;  ///< another one each time
};

/// POST /v1/videos (JSON or a form; `Idempotency-Key`), GET /v1/videos (`after`, `limit`, `order`),
/// GET /v1/videos/ID, GET /v1/videos/ID/content (ranges), DELETE /v1/videos/ID, POST /v1/videos/ID/remix,
/// GET /v1/models, GET /healthz. A key is one video: with another body it is refused (409). An error is
/// {"error": {"message", "type", "param", "code"}}.
HttpHandler video_api(Service& service, VideoSetting setting);

}  // namespace clipmill
