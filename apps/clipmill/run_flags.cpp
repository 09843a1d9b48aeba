#include "clipmill/run_flags.h"

namespace clipmill {

void add_run_flags(CLI::App& command, RunOptions& options, bool several_devices) {
  CLI::Option* device =
      command.add_option("--device", options.devices,
                         several_devices ? "cpu or cuda:N; repeat it for several" : "cpu or cuda:N");
  device->type_name("NAME")->allow_extra_args(false);
  if (!several_devices) device->expected(1);
  command.add_option("--threads", options.threads, "compute threads of each worker; 0: one a core")
      ->type_name("N")
      ->check(CLI::Range(0, 1024));
  command
      .add_option("--worker", options.worker,
                  "the engine's program; default: clipmill-worker beside this one")
      ->type_name("FILE");
  command.add_flag("--json", options.json, "outcome as JSON on stdout, progress on stderr");
  command.add_flag("--verbose", options.verbose, "show what the workers print");
}

}  // namespace clipmill
