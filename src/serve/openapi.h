// What the API takes and answers, for programs: OpenAPI 3.1.
#pragma once

#include <nlohmann/json_fwd.hpp>

namespace clipmill {

/// The text of openapi.inc, and from its Settings what each request is: settings may be null, stand in
/// extra_params, or be a form's fields; what a setting does is said by the table of job options.
const nlohmann::json& openapi();

}  // namespace clipmill
