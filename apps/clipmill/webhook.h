// Tells another service something over HTTP.
#pragma once

#include <string>

namespace clipmill {

/// POSTs JSON to `url`; tries again where nobody answers or the answer is a 5xx, three times in all. Empty:
/// it was taken; otherwise why not.
std::string post_to_webhook(const std::string& url, const std::string& body);

}  // namespace clipmill
