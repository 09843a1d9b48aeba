// `clipmill completion SHELL`: a completion script made from the commands and flags that exist.
#include <iostream>
#include <memory>

#include "command.h"
#include "completion_scripts.h"

namespace clipmill {
namespace {

struct Shell {
  std::string name;
  std::string (*script)(const Command& program, std::span<const Command> commands);
};

const std::vector<Shell>& shells() {
  static const std::vector<Shell> all = {
      {"bash", bash_completion}, {"zsh", zsh_completion}, {"fish", fish_completion}};
  return all;
}

void print_script(const CLI::App& app, const std::string& name) {
  for (const Shell& shell : shells()) {
    if (shell.name == name) std::cout << shell.script(command_of(app), subcommands_of(app));
  }
}

}  // namespace

void add_completion_command(CLI::App& app, int& exit_code) {
  CLI::App* command = app.add_subcommand("completion", "Print a script that completes commands and flags");
  const auto chosen = std::make_shared<std::string>();
  std::vector<std::string> names;
  for (const Shell& shell : shells()) names.push_back(shell.name);
  command->add_option("shell", *chosen, "bash, zsh or fish")->required()->check(CLI::IsMember(names));
  command->footer("Bash: source <(clipmill completion bash)");
  command->callback([&app, &exit_code, chosen] {
    print_script(app, *chosen);
    exit_code = kAllDone;
  });
}

}  // namespace clipmill
