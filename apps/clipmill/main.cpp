// clipmill: the program that people and scripts talk to. Knows no torch.
#include <fmt/format.h>

#include <array>
#include <memory>

#include "base/error.h"
#include "base/text.h"
#include "base/version.h"
#include "clipmill/command.h"
#include "clipmill/flag_file.h"

namespace clipmill {
namespace {

constexpr AddCommand kCommands[] = {
    add_run_command,    add_train_command,  add_evaluate_command,  add_batch_command,
    add_daemon_command, add_submit_command, add_queue_command,     add_show_command,
    add_wait_command,   add_cancel_command, add_retry_command,     add_pause_command,
    add_resume_command, add_plan_command,   add_simulate_command,  add_estimates_command,
    add_leaks_command,  add_models_command, add_devices_command,   add_report_command,
    add_top_command,    add_doctor_command, add_completion_command};

constexpr const char* kAbout =
    "clipmill makes AI video clips in batches: prompts in, finished H.264 clips out.\n"
    "\n"
    "  clipmill run examples/shots.toml             every clip of a manifest\n"
    "  clipmill run --model DIR --prompt \"a cat\"     one clip\n"
    "  clipmill daemon & clipmill submit FILE       a queue that survives everything\n"
    "  clipmill train CONFIG.toml                   a model of your own\n"
    "  clipmill doctor                              what is installed, and what is wrong with it\n";

/// Names the nearest flag or command to what nobody expected.
Error unknown_argument(const CLI::App& app) {
  const CLI::App& command = app.get_subcommands().empty() ? app : *app.get_subcommands().front();
  const std::vector<std::string> extras = app.remaining(true);
  const std::string unknown = extras.empty() ? "" : extras.front().substr(0, extras.front().find('='));
  std::vector<std::string> names;
  for (const CLI::Option* option : command.get_options()) names.push_back(option->get_name());
  for (const CLI::App* other : command.get_subcommands({})) names.push_back(other->get_name());
  const std::vector<std::string_view> candidates(names.begin(), names.end());
  const std::string_view guess = nearest(unknown, candidates);
  return input_error("unexpected argument \"{}\"{}", unknown,
                     guess.empty() ? "" : fmt::format(": did you mean {}?", guess));
}

int exit_code_of(const Error& error) { return error.kind() == ErrorKind::kInput ? kUsage : kSomeFailed; }

int run(int argc, char** argv) {
  CLI::App app(kAbout, "clipmill");
  app.set_version_flag("--version", fmt::format("clipmill {}", kVersion));
  app.set_config(
         "--config", "",
         "a TOML file of flags, with a table for each command, as [daemon]; flags given here go before it")
      ->type_name("FILE");
  app.config_formatter(std::make_shared<FlagFile>(app));
  app.require_subcommand(1);
  app.fallthrough();  // --config may stand behind the command, too
  int exit_code = kAllDone;
  for (const AddCommand add : kCommands) add(app, exit_code);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ExtrasError&) {
    throw unknown_argument(app);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return app.exit(error);  // --help and --version
    throw Error(ErrorKind::kInput, error.what(),
                "clipmill --help, and clipmill COMMAND --help, show what there is");
  }
  return exit_code;
}

}  // namespace
}  // namespace clipmill

int main(int argc, char** argv) {
  try {
    return clipmill::run(argc, argv);
  } catch (const clipmill::Error& error) {
    fmt::print(stderr, "clipmill: {}\n", error.what());
    if (!error.hint().empty()) fmt::print(stderr, "  hint: {}\n", error.hint());
    return clipmill::exit_code_of(error);
  } catch (const std::exception& error) {
    fmt::print(stderr, "clipmill: {}\n", error.what());
    return clipmill::kSomeFailed;
  }
}
