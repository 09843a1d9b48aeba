// Tells another service something over HTTP.
#pragma once

#include <stop_token>
#include <string>

namespace clipmill {

/// POSTs JSON to `url`; tries again where nobody answers or the answer is a 5xx, three times in all, or once
/// where `stop` is requested. Empty: it was taken; otherwise why not.
std::string post_to_webhook(const std::string& url, const std::string& body, const std::stop_token& stop);

}  // namespace clipmill
