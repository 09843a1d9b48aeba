// A client's videos, a page at a time.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <vector>

#include "serve/http.h"
#include "serve/service.h"

namespace clipmill {

/// The query's `after`, `limit` and `order`, for videos whose outputs begin with `prefix`. Throws
/// RequestProblem.
nlohmann::json video_page(const Service& service, const std::string& prefix, const HttpRequest& request);

/// {"object": "list", "data": […], "first_id", "last_id", "has_more"}
nlohmann::json video_list(const std::vector<JobView>& videos, bool has_more);

}  // namespace clipmill
