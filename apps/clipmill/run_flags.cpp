#include "clipmill/run_flags.h"

#include "clipmill/byte_check.h"

namespace clipmill {
namespace {

/// What decides who runs beside whom.
void add_lane_flags(CLI::App& command, RunOptions& options) {
  command
      .add_option("--vram", options.vram,
                  "memory of each device that jobs may take together, as 6GB; default: what it has, less 5 %")
      ->type_name("BYTES")
      ->check(byte_check());
  command.add_option("--cores", options.cores, "the only cores that workers compute on, as 0-3,6")
      ->type_name("LIST");
  command
      .add_option("--decode-threads", options.decode_threads,
                  "on the cpu: threads that decode a clip while the next is denoised (GPUs do so anyway)")
      ->type_name("N")
      ->check(CLI::Range(0, 1024));
  command.add_option("--decode-cores", options.decode_cores, "the only cores that decode")->type_name("LIST");
  command.add_option("--policy", options.policy, "in which order jobs start; see clipmill simulate --help")
      ->type_name("NAME")
      ->capture_default_str();
  command
      .add_option("--balance", options.balance,
                  "which device a job gets: finish-time, where it ends first, or least-loaded")
      ->type_name("NAME")
      ->capture_default_str();
}

}  // namespace

void add_run_flags(CLI::App& command, RunOptions& options, bool several_devices) {
  CLI::Option* device = command.add_option(
      "--device", options.devices,
      several_devices ? "cpu, cpu:N or cuda:N; repeat it for several; with @24GB behind it a limit of its "
                        "own, as --vram for all; with =denoise or =decode it does only that"
                      : "cpu or cuda:N");
  device->type_name("NAME")->allow_extra_args(false);
  if (!several_devices) device->expected(1);
  command.add_option("--threads", options.threads, "compute threads of each worker; 0: one a core")
      ->type_name("N")
      ->check(CLI::Range(0, 1024));
  if (several_devices) add_lane_flags(command, options);
  command
      .add_option("--worker", options.worker,
                  "the engine's program; default: clipmill-worker beside this one")
      ->type_name("FILE");
  command.add_flag("--json", options.json, "outcome as JSON on stdout, progress on stderr");
  command.add_flag("--verbose", options.verbose, "show what the workers print");
}

}  // namespace clipmill
