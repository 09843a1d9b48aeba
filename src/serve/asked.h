// What a request's query and body ask for.
#pragma once

#include <limits>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "base/number.h"
#include "serve/http_error.h"

namespace clipmill {

/// Empty where the query has none of that name.
inline std::optional<std::string> asked(const HttpRequest& request, const std::string& name) {
  const auto found = request.query.find(name);
  return found == request.query.end() ? std::nullopt : std::optional(found->second);
}

/// Throws RequestProblem.
template <typename Number>
Number number_asked(const HttpRequest& request, const std::string& name, Number otherwise, Number least,
                    Number most = std::numeric_limits<Number>::max()) {
  const auto text = asked(request, name);
  if (!text) return otherwise;
  const auto number = number_in<Number>(*text);
  if (!number || !(*number >= least && *number <= most))
    throw RequestProblem{fmt::format("{}: must be a number from {} to {}", name, least, most), name};
  return *number;
}

/// ?order=asc or desc. Throws RequestProblem.
inline bool newest_first_asked(const HttpRequest& request, bool otherwise) {
  const auto order = asked(request, "order");
  if (!order) return otherwise;
  if (*order != "asc" && *order != "desc") throw RequestProblem{"order: must be asc or desc", "order"};
  return *order == "desc";
}

/// What `take` makes of the body's JSON; {} where there is none. Throws RequestProblem where it is not as
/// `shape` says.
template <typename Take>
auto body_asked(const HttpRequest& request, std::string_view shape, const Take& take) try {
  return take(request.body.empty() ? nlohmann::json::object() : nlohmann::json::parse(request.body));
} catch (const nlohmann::json::exception&) {
  throw RequestProblem{fmt::format("the body must be {}", shape)};
}

}  // namespace clipmill
