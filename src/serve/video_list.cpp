#include "serve/video_list.h"

#include <nlohmann/json.hpp>

#include "base/text.h"
#include "serve/asked.h"
#include "serve/video_object.h"

namespace clipmill {
namespace {

constexpr std::size_t kPage = 20, kLongestPage = 100, kEchoedId = 60;

JobId seen_last(const Service& service, const std::string& prefix, const std::optional<std::string>& after) {
  if (!after) return 0;
  const auto id = job_of_video(*after);
  if (!id) throw RequestProblem{"after: must be a video's id", "after"};
  const auto job = service.find(*id);
  if (!job || !job->spec.output.starts_with(prefix))
    throw RequestProblem{fmt::format("after: there is no video {}", shorten(*after, kEchoedId)), "after",
                         404};
  return *id;
}

}  // namespace

nlohmann::json video_list(const std::vector<JobView>& videos, bool has_more) {
  nlohmann::json data = nlohmann::json::array();
  for (const JobView& view : videos) data.push_back(video_object(view));
  return {{"object", "list"},
          {"first_id", data.empty() ? nlohmann::json() : data.front()["id"]},
          {"last_id", data.empty() ? nlohmann::json() : data.back()["id"]},
          {"has_more", has_more},
          {"data", data}};
}

nlohmann::json video_page(const Service& service, const std::string& prefix, const HttpRequest& request) {
  JobQuery query{.prefix = prefix};
  query.limit = number_asked(request, "limit", kPage, std::size_t{1}, kLongestPage);
  query.newest_first = newest_first_asked(request, true);
  query.after = seen_last(service, prefix, asked(request, "after"));
  const std::size_t limit = query.limit++;  // one more tells whether there are more
  std::vector<JobView> videos = service.page(query);
  const bool has_more = videos.size() > limit;
  if (has_more) videos.resize(limit);
  return video_list(videos, has_more);
}

}  // namespace clipmill
