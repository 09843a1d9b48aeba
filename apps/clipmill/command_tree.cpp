#include "command_tree.h"

namespace clipmill {
namespace {

/// CLI11 shows the allowed values of an option as "NAME:{a,b,c}".
std::vector<std::string> choices_in(const std::string& type_name) {
  const auto open = type_name.find('{');
  const auto close = type_name.find('}');
  if (open == std::string::npos || close == std::string::npos || close < open) return {};
  return CLI::detail::split(type_name.substr(open + 1, close - open - 1), ',');
}

Argument::Values values_of(const CLI::Option& option, const std::vector<std::string>& choices) {
  const std::string type = option.get_type_name();
  if (option.get_items_expected_max() == 0) return Argument::Values::kNone;
  if (!choices.empty()) return Argument::Values::kChoices;
  if (type.starts_with("FOLDER") || type.starts_with("DIR")) return Argument::Values::kFolders;
  if (type.starts_with("FILE") || type.starts_with("PATH")) return Argument::Values::kFiles;
  return Argument::Values::kFree;
}

Argument argument_of(const CLI::Option& option) {
  Argument argument;
  for (const std::string& name : option.get_lnames()) argument.names.push_back("--" + name);
  for (const std::string& name : option.get_snames()) argument.names.push_back("-" + name);
  const std::string type = option.get_type_name();
  argument.value_name = type.substr(0, type.find(':'));
  argument.help = option.get_description();
  argument.choices = choices_in(type);
  argument.values = values_of(option, argument.choices);
  return argument;
}

}  // namespace

Command command_of(const CLI::App& app) {
  Command command{app.get_name(), app.get_description(), {}, {}};
  for (const CLI::Option* option : app.get_options()) {
    if (option->get_group().empty()) continue;
    (option->nonpositional() ? command.flags : command.positionals).push_back(argument_of(*option));
  }
  return command;
}

std::vector<Command> subcommands_of(const CLI::App& app) {
  std::vector<Command> commands;
  for (const CLI::App* subcommand : app.get_subcommands([](const CLI::App*) { return true; })) {
    commands.push_back(command_of(*subcommand));
  }
  return commands;
}

}  // namespace clipmill
