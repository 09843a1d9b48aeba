#include "clipmill/video_server.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <random>

#include "base/atomic_file.h"
#include "base/text.h"
#include "checkpoint/find_models.h"
#include "clipmill/checks.h"
#include "clipmill/input_stamps.h"
#include "serve/dashboard.h"
#include "serve/events_api.h"
#include "serve/listener.h"
#include "serve/routes.h"
#include "serve/shared_queue_api.h"
#include "serve/video_api.h"
#include "serve/watch_api.h"
#include "store/sqlite_store.h"

namespace clipmill {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t kLongestBody = std::size_t{1} << 20;  // texts only: no request takes a file yet
constexpr unsigned kConnections = 1024;                     // most of them look on, and sleep
constexpr unsigned kThreads = 16;  // who asks for a long list holds up few of the others

std::vector<std::string> names_in(const fs::path& folder) {
  std::vector<std::string> names;
  for (const fs::path& path : find_models(folder)) names.push_back(path.filename().string());
  return names;
}

std::string path_in(const fs::path& folder, const std::string& name) {
  for (const fs::path& path : find_models(folder)) {
    if (path.filename() == name) return fs::absolute(path).lexically_normal().string();
  }
  throw Error(ErrorKind::kInput, fmt::format("there is no model \"{}\"", name), "GET /v1/models lists them");
}

/// A file of that name in the folder, and nothing that a path would lead to.
std::string lora_in(const fs::path& folder, const std::string& name) {
  std::vector<std::string> names;
  std::error_code unreadable;
  for (const auto& entry : fs::directory_iterator(folder, unreadable)) {
    if (entry.path().extension() != ".safetensors") continue;
    if (entry.path().stem() == name) return entry.path().string();
    names.push_back(entry.path().stem().string());
  }
  std::ranges::sort(names);
  throw Error(ErrorKind::kInput, fmt::format("there is no LoRA \"{}\"", shorten(name, 60)),
              names.empty() ? "this server has none" : fmt::format("there are {}", fmt::join(names, ", ")));
}

void prepare(Manifest& manifest, CheckCache& cache) {
  check_batch(manifest, "", cache);
  stamp_inputs(manifest.jobs);
}

std::vector<Token> tokens_of(const std::string& file) {
  if (file.empty()) return {};
  std::vector<Token> tokens = read_tokens(read_file(file), file);
  if (tokens.empty())
    throw Error(ErrorKind::kInput, fmt::format("{} holds no token", file), "write one on a line of its own");
  return tokens;
}

TlsIdentity tls_identity(const VideoServerOptions& options) {
  if (options.tls_cert.empty()) return {};
  return {read_file(options.tls_cert), read_file(options.tls_key)};
}

std::string random_name() {
  static thread_local std::random_device source;
  return fmt::format("{:08x}{:08x}", source(), source());
}

}  // namespace

void add_video_server_flags(CLI::App& command, VideoServerOptions& options) {
  CLI::Option* listen = command.add_option(
      "--listen", options.listen,
      "serves OpenAI's video API there, too, as 127.0.0.1:8000; other machines need a token");
  listen->type_name("IP:PORT");
  command.add_option("--token-file", options.token_file, "tokens that clients must name, one a line")
      ->type_name("FILE")
      ->needs(listen);
  command.add_option("--models", options.models, "folder of the models that clients may name")
      ->type_name("FOLDER")
      ->capture_default_str()
      ->needs(listen);
  command
      .add_option("--loras", options.loras,
                  "folder of the LoRAs (.safetensors) that clients may name; default: none")
      ->type_name("FOLDER")
      ->needs(listen);
  CLI::Option* cert =
      command.add_option("--tls-cert", options.tls_cert, "certificate (PEM): it is served by HTTPS alone");
  CLI::Option* key = command.add_option("--tls-key", options.tls_key, "its private key (PEM)");
  cert->type_name("FILE")->needs(listen)->needs(key);
  key->type_name("FILE")->needs(cert);
}

std::unique_ptr<HttpServer> video_server(const ServedParts& parts, const VideoServerOptions& options,
                                         const fs::path& folder) {
  if (options.listen.empty()) return nullptr;
  const TcpAddress address = tcp_address(options.listen);
  const std::vector<Token> tokens = tokens_of(options.token_file);
  if (tokens.empty() && !address.is_loopback())
    throw Error(ErrorKind::kInput, fmt::format("{} is open to other machines", options.listen),
                "give --token-file with a token on each line, or listen on 127.0.0.1");
  const fs::path models = fs::absolute(options.models);
  const fs::path videos = fs::absolute(folder / "videos").lexically_normal();
  names_in(models);  // throws where there are none
  const fs::path loras = options.loras.empty() ? fs::path() : fs::absolute(options.loras);
  const auto cache = std::make_shared<CheckCache>();
  VideoSetting setting{[models] { return names_in(models); },
                       [models](const std::string& name) { return path_in(models, name); },
                       [loras](const std::string& name) { return lora_in(loras, name); },
                       [cache](JobSpec& job) { cache->shape(job); },
                       [cache](Manifest& manifest) { prepare(manifest, *cache); },
                       videos,
                       random_name,
                       system_wall_time};
  fs::create_directories(video_folder(setting, {}));
  for (const Token& token : tokens) fs::create_directories(video_folder(setting, token.client));
  Routes routes = video_api(parts.service, std::move(setting));
  routes.add(shared_queue_api(parts.service, videos))
      .add(events_api(parts.events))
      .add(watch_api(parts.watch, [&service = parts.service] { return service.trouble(); }))
      .add(report_api(parts.report))
      .add(dashboard(embedded_files()));
  return std::make_unique<HttpServer>(
      listen_on(address), std::move(routes),
      HttpLimits{.body_bytes = kLongestBody, .connections = kConnections, .threads = kThreads},
      token_gate(tokens), tls_identity(options));
}

}  // namespace clipmill
