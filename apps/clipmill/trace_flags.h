// Traces of what ran, as files and over the network.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

#include "core/history.h"

namespace clipmill {

struct TraceOptions {
  std::string trace;  ///< a file in Chrome's format; empty: none
  std::string otlp;   ///< an OTLP/HTTP endpoint, or a file; empty: none
};

/// --trace and --otlp. `options` has to outlive `command`.
void add_trace_flags(CLI::App& command, TraceOptions& options);
/// Writes and sends what was asked for, and says so on `out`. Throws Error: kIo where a file cannot be
/// written or the receiver does not take it.
void write_traces(const History& history, const TraceOptions& options, std::FILE* out);

}  // namespace clipmill
