// The daemon's API for video clients, over TCP.
#pragma once

#include <CLI/CLI.hpp>
#include <filesystem>
#include <memory>
#include <string>

#include "observe/watch.h"
#include "serve/event_stream.h"
#include "serve/http_server.h"
#include "serve/report_api.h"
#include "serve/service.h"

namespace clipmill {

struct VideoServerOptions {
  std::string listen;  ///< "127.0.0.1:8000"; empty: nowhere
  std::string token_file;
  std::string models = "models", loras;
  std::string tls_cert, tls_key;
};

void add_video_server_flags(CLI::App& command, VideoServerOptions& options);

/// What it serves beside the video API.
struct ServedParts {
  Service& service;
  const Watch& watch;
  EventStream& events;
  const ReportParts& report;
};

/// The video API, the queue, its events and the dashboard. Clips lie in `folder`/videos. Null where it is to
/// listen nowhere. Throws Error(kInput) where it would be open to other machines without a token.
std::unique_ptr<HttpServer> video_server(const ServedParts& parts, const VideoServerOptions& options,
                                         const std::filesystem::path& folder);

}  // namespace clipmill
