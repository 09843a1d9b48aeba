#include "clipmill/trace_flags.h"

#include <nlohmann/json.hpp>

#include "base/atomic_file.h"
#include "clipmill/otlp_client.h"
#include "observe/chrome_trace.h"
#include "observe/otlp.h"

namespace clipmill {
namespace {

std::string utf8_text(const nlohmann::json& object) {
  return object.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

bool is_url(const std::string& text) { return text.starts_with("http://") || text.starts_with("https://"); }

void write_otlp(const History& history, const std::string& target, std::FILE* out) {
  const auto requests = otlp_requests(history);
  if (is_url(target)) {
    for (const nlohmann::json& request : requests) post_otlp(target, utf8_text(request));
  } else {
    std::string lines;  // a request a line, as the collector's file exporter writes them
    for (const nlohmann::json& request : requests) lines += utf8_text(request) + "\n";
    write_file(target, lines);
  }
  fmt::print(out, "OpenTelemetry: {}\n", target);
}

}  // namespace

void add_trace_flags(CLI::App& command, TraceOptions& options) {
  command
      .add_option("--trace", options.trace,
                  "what ran where and when, for ui.perfetto.dev and chrome://tracing")
      ->type_name("FILE");
  command
      .add_option("--otlp", options.otlp,
                  "the same as OpenTelemetry spans: a collector, as http://localhost:4318, or a file")
      ->type_name("FILE|URL");
}

void write_traces(const History& history, const TraceOptions& options, std::FILE* out) {
  if (!options.trace.empty()) {
    write_file(options.trace, utf8_text(chrome_trace(history)));
    fmt::print(out, "trace: {}\n", options.trace);
  }
  if (!options.otlp.empty()) write_otlp(history, options.otlp, out);
}

}  // namespace clipmill
