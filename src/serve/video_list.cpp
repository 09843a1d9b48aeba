#include "serve/video_list.h"

#include <nlohmann/json.hpp>
#include <optional>

#include "base/number.h"
#include "base/text.h"
#include "serve/video_object.h"
#include "serve/video_request.h"

namespace clipmill {
namespace {

constexpr std::size_t kPage = 20, kLongestPage = 100, kEchoedId = 60;

std::optional<std::string> asked(const HttpRequest& request, const char* name) {
  const auto found = request.query.find(name);
  return found == request.query.end() ? std::nullopt : std::optional(found->second);
}

std::size_t page_size(const std::optional<std::string>& text) {
  if (!text) return kPage;
  const auto size = number_in<std::size_t>(*text);
  if (!size || *size < 1 || *size > kLongestPage)
    throw VideoProblem{fmt::format("limit: must be from 1 to {}", kLongestPage), "limit"};
  return *size;
}

bool newest_first(const std::optional<std::string>& order) {
  if (order && *order != "asc" && *order != "desc") throw VideoProblem{"order: must be asc or desc", "order"};
  return order != "asc";
}

JobId seen_last(const Service& service, const std::string& prefix, const std::optional<std::string>& after) {
  if (!after) return 0;
  const auto id = job_of_video(*after);
  if (!id) throw VideoProblem{"after: must be a video's id", "after"};
  const auto job = service.find(*id);
  if (!job || !job->spec.output.starts_with(prefix))
    throw VideoProblem{fmt::format("after: there is no video {}", shorten(*after, kEchoedId)), "after", 404};
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
  query.limit = page_size(asked(request, "limit"));
  query.newest_first = newest_first(asked(request, "order"));
  query.after = seen_last(service, prefix, asked(request, "after"));
  const std::size_t limit = query.limit++;  // one more tells whether there are more
  std::vector<JobView> videos = service.page(query);
  const bool has_more = videos.size() > limit;
  if (has_more) videos.resize(limit);
  return video_list(videos, has_more);
}

}  // namespace clipmill
