// clipmill-worker: the engine on one device. Started by clipmill with one end of a socket pair.
#include <ATen/Parallel.h>
#include <ATen/Version.h>
#include <signal.h>
#include <torch/version.h>

#include <CLI/CLI.hpp>
#include <iostream>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/resident_set.h"
#include "base/version.h"
#include "stages/clip_runner.h"
#include "stages/cores.h"
#include "stages/shown_jobs.h"
#include "stages/worker.h"
#include "train/batch_job.h"
#include "train/evaluate_job.h"
#include "train/train_job.h"
#include "vram/memory_usage.h"

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

/// The command line, as it stands there.
struct Options {
  int link_fd = -1;
  std::string device = "cpu:0";
  int threads = 0, decode_threads = 0;
  std::string cores, decode_cores;
  double state_seconds = WorkerSettings().state_seconds;
  std::int64_t vram = 0;
  bool leaks = false;
};

WorkerSettings lane_settings(int threads, const std::string& core_list, double state_seconds) {
  WorkerSettings settings{
      .threads = threads, .cores = parse_cores(core_list), .state_seconds = state_seconds};
  check_usable(settings.cores);
  if (settings.threads == 0)
    settings.threads =
        settings.cores.empty() ? at::get_num_threads() : static_cast<int>(settings.cores.size());
  return settings;
}

/// The models that the lanes keep between clips.
struct ResidentClips {
  ClipRunner denoise, decode;
};

/// A clip of one lane; what the other keeps while it waits is given up before a smaller plan is taken.
JobRunner clips_of(ClipRunner& own, ClipRunner& other) {
  return [&](const JobSpec& job, WorkContext work) {
    work.release_idle = [&] { return other.release_if_idle(work.device); };
    own.run(job, work);
  };
}

/// What this program can do: a kind of job is a line here. Training and measuring need the memory of the
/// models that are kept between clips.
JobRunners runners(ResidentClips& clips) {
  const auto alone = [&](auto run) {
    return [&clips, run](const JobSpec& job, const WorkContext& work) {
      clips.denoise.release(work.device);
      clips.decode.release(work.device);
      run(job, work);
    };
  };
  return {{JobKind::kClip, clips_of(clips.denoise, clips.decode)},
          {JobKind::kTrain, alone(run_training)},
          {JobKind::kEvaluate, alone(run_evaluation)},
          {JobKind::kBatch, alone(run_batch_search)}};
}

JobRunners decode_runners(ResidentClips& clips) {
  return {{JobKind::kClip, clips_of(clips.decode, clips.denoise)}};
}

std::unique_ptr<Device> open_or_refuse(const std::string& name, link::Connection& connection) try {
  return open_device(name);
} catch (const Error& error) {
  connection.send(link::encode(link::FromWorker(link::Refusal{error.what(), error.hint()})));
  throw;
}

int serve(const Options& options) {
  ::signal(SIGINT, SIG_IGN);  // Ctrl-C is for the main program, which then cancels us in good order
  ::signal(SIGPIPE, SIG_IGN);
  WorkerSettings denoise = lane_settings(options.threads, options.cores, options.state_seconds);
  WorkerSettings decode =
      options.decode_threads == 0 && options.decode_cores.empty()
          ? denoise
          : lane_settings(options.decode_threads, options.decode_cores, options.state_seconds);
  decode.lane = 2;
  ShownJobs shown;
  denoise.shown = decode.shown = &shown;
  denoise.process_before = decode.process_before = resident_set().now;
  link::Connection connection(options.link_fd);
  const auto device = open_or_refuse(options.device, connection);
  device->set_budget(options.vram);
  device->ledger().trace_calls(options.leaks);
  const SystemClock clock;
  connection.send(link::encode(
      link::FromWorker(link::Hello{link::kVersion, options.device, TORCH_VERSION, denoise.threads})));
  ResidentClips clips;
  Lane denoise_lane(*device, denoise, runners(clips), clock, connection);
  Lane decode_lane(*device, decode, decode_runners(clips), clock, connection);
  const auto held = [&] { return by_category(device->ledger().usage().held); };
  Worker(denoise_lane, decode_lane, clock, connection, held).run();
  return 0;
}

}  // namespace
}  // namespace clipmill

int main(int argc, char** argv) {
  CLI::App app("The engine of clipmill on one device. Started by clipmill; not for use by hand.",
               "clipmill-worker");
  clipmill::Options options;
  bool version = false;
  app.add_option("--link-fd", options.link_fd, "the socket to the main program");
  app.add_option("--device", options.device, "cpu:N or cuda:N");
  app.add_option("--threads", options.threads, "compute threads; 0: one a core");
  app.add_option("--cores", options.cores, "the only cores they run on, as 0-3,6");
  app.add_option("--decode-threads", options.decode_threads, "threads that decode beside them; 0: as many");
  app.add_option("--decode-cores", options.decode_cores, "the only cores these run on");
  app.add_option("--state-seconds", options.state_seconds,
                 "denoising between two saved states; 0: each step");
  app.add_option("--vram", options.vram, "the most bytes that tensors may hold; 0: what there is");
  app.add_flag("--leaks", options.leaks, "trace the calls that make tensors, for those of leaks");
  app.add_flag("--version", version, "print versions as JSON");
  CLI11_PARSE(app, argc, argv);
  try {
    if (version) return clipmill::print_version();
    if (options.link_fd < 0) {
      std::cerr << "clipmill-worker: started by clipmill; see clipmill run --help\n";
      return 2;
    }
    return clipmill::serve(options);
  } catch (const std::exception& error) {
    std::cerr << "clipmill-worker: " << error.what() << "\n";
    return 1;
  }
}
