// The way to an OpenTelemetry collector.
#pragma once

#include <string>

namespace clipmill {

/// POSTs one OTLP/HTTP request; an address without a path gets /v1/traces. Throws Error(kIo) with the
/// receiver's answer where it does not take it.
void post_otlp(const std::string& url, const std::string& json);

}  // namespace clipmill
