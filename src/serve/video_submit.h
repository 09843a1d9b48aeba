// What clients submit: videos, remixes and lists of clips become jobs, once for each of their keys and within
// their quotas.
#pragma once

#include <mutex>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "serve/quota.h"
#include "serve/service.h"
#include "serve/video_api.h"
#include "serve/video_request.h"

namespace clipmill {

class VideoSubmit {
 public:
  VideoSubmit(Service& service, const VideoSetting& setting) : service_(service), setting_(setting) {}

  /// These return the jobs' numbers. They throw RequestProblem: 422 where the request is well formed and
  /// cannot be made here, 409 where its key made something else, 429 where the client's quota is used up; or
  /// Error.
  JobId create(const HttpRequest& request);
  JobId remix(const HttpRequest& request, const Job& of);
  std::vector<JobId> batch(const HttpRequest& request);

 private:
  JobId submit_one(const HttpRequest& request, JobSpec job, std::optional<JobId> remix_of);
  std::vector<JobId> submit(const HttpRequest& request, Manifest manifest, const std::string& name,
                            std::optional<JobId> remix_of);
  void name_outputs(const HttpRequest& request, Manifest& manifest, const std::string& name,
                    std::optional<JobId> remix_of) const;
  void prepare(Manifest& manifest) const;
  std::vector<JobId> known_jobs(const std::string& prefix, const std::vector<JobSpec>& jobs) const;
  void take_quota(const Client& client, std::size_t count);
  std::string name_for(const HttpRequest& request) const;
  std::string path_of_model(const std::string& name) const;
  std::string only_model() const;
  RequestReading reading(const HttpRequest& request) const;

  Service& service_;
  const VideoSetting& setting_;
  std::mutex mutex_;  ///< between looking what there is and submitting
  Quota quota_;
};

}  // namespace clipmill
