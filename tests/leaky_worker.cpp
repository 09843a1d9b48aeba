// A worker that makes clips, and leaves what their prompts name: one of the planted leaks, or a little of the
// host's heap. What else it is asked for by flags it does not look at.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <vector>

#include "stages/clip_runner.h"
#include "stages/worker.h"
#include "vram/memory_scope.h"
#include "vram/testing/planted_leaks.h"

namespace clipmill {
namespace {

void plant(const std::string& name) {
  static std::vector<std::unique_ptr<std::vector<char>>> history;
  if (history.capacity() == 0) history.reserve(1000);
  const MemoryScope scope("denoise");
  for (const test::PlantedLeak& leak : test::planted_leaks()) {
    if (name == leak.name) leak.plant();
  }
  if (name == "Host") history.push_back(std::make_unique<std::vector<char>>(300));
}

int serve(int link_fd) {
  link::Connection connection(link_fd);
  const auto device = open_device("cpu:0");
  device->ledger().trace_calls(true);
  const SystemClock clock;
  connection.send(link::encode(link::FromWorker(link::Hello{link::kVersion, "cpu:0", "", 1})));
  ClipRunner clips;
  const JobRunners runners = {{JobKind::kClip, [&](const JobSpec& job, const WorkContext& work) {
                                 clips.run(job, work);
                                 plant(job.clip.prompt);
                               }}};
  ShownJobs shown;
  const WorkerSettings settings{.threads = 1, .shown = &shown};
  Lane denoise(*device, settings, runners, clock, connection),
      decode(*device, settings, runners, clock, connection);
  Worker(denoise, decode, clock, connection, [] { return BytesByCategory(); }).run();
  return 0;
}

}  // namespace
}  // namespace clipmill

int main(int argc, char** argv) {
  CLI::App app;
  app.allow_extras();
  int link_fd = -1;
  app.add_option("--link-fd", link_fd);
  CLI11_PARSE(app, argc, argv);
  return clipmill::serve(link_fd);
}
