// clipmill-worker: the engine on one device. Started by clipmill with one end of a socket pair.
#include <ATen/Parallel.h>
#include <ATen/Version.h>
#include <signal.h>
#include <torch/version.h>

#include <CLI/CLI.hpp>
#include <iostream>
#include <nlohmann/json.hpp>

#include "base/version.h"
#include "stages/clip_runner.h"
#include "stages/worker.h"
#include "train/batch_job.h"
#include "train/evaluate_job.h"
#include "train/train_job.h"

namespace clipmill {
namespace {

int print_version() {
  std::cout << nlohmann::json{{"version", kVersion},
                              {"torch", TORCH_VERSION},
                              {"threads", at::get_num_threads()},
                              {"cuda", at::hasCUDA()}}
            << "\n";
  return 0;
}

/// What this program can do: a kind of job is a line here. Training and measuring need the memory of the
/// model that is kept between clips.
JobRunners runners(ClipRunner& clips) {
  const auto alone = [&](auto run) {
    return [&clips, run](const JobSpec& job, const WorkContext& work) {
      clips.release(work.device);
      run(job, work);
    };
  };
  return {{JobKind::kClip, [&](const JobSpec& job, const WorkContext& work) { clips.run(job, work); }},
          {JobKind::kTrain, alone(run_training)},
          {JobKind::kEvaluate, alone(run_evaluation)},
          {JobKind::kBatch, alone(run_batch_search)}};
}

int serve(int link_fd, const std::string& device_name, int threads) {
  ::signal(SIGINT, SIG_IGN);  // Ctrl-C is for the main program, which then cancels us in good order
  ::signal(SIGPIPE, SIG_IGN);
  if (threads > 0) at::set_num_threads(threads);
  const auto device = open_device(device_name);
  link::Connection connection(link_fd);
  const SystemClock clock;
  connection.send(link::encode(
      link::FromWorker(link::Hello{link::kVersion, device_name, TORCH_VERSION, at::get_num_threads()})));
  ClipRunner clips;
  Worker(*device, WorkerSettings{at::get_num_threads()}, runners(clips), clock, connection).run();
  return 0;
}

}  // namespace
}  // namespace clipmill

int main(int argc, char** argv) {
  CLI::App app("The engine of clipmill on one device. Started by clipmill; not for use by hand.",
               "clipmill-worker");
  int link_fd = -1, threads = 0;
  std::string device = "cpu:0";
  bool version = false;
  app.add_option("--link-fd", link_fd, "the socket to the main program");
  app.add_option("--device", device, "cpu:N or cuda:N");
  app.add_option("--threads", threads, "compute threads; 0: one a core");
  app.add_flag("--version", version, "print versions as JSON");
  CLI11_PARSE(app, argc, argv);
  try {
    if (version) return clipmill::print_version();
    if (link_fd < 0) {
      std::cerr << "clipmill-worker: started by clipmill; see clipmill run --help\n";
      return 2;
    }
    return clipmill::serve(link_fd, device, threads);
  } catch (const std::exception& error) {
    std::cerr << "clipmill-worker: " << error.what() << "\n";
    return 1;
  }
}
