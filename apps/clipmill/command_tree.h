// The program's commands and flags as plain values, read off the CLI::App: what completion scripts are made
// of.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

namespace clipmill {

struct Argument {
  enum class Values { kNone, kFiles, kFolders, kChoices, kFree };

  std::vector<std::string> names;  ///< with their dashes; empty for a positional argument
  std::string value_name;
  std::string help;
  Values values = Values::kNone;
  std::vector<std::string> choices;
};

struct Command {
  std::string name;
  std::string help;
  std::vector<Argument> flags;
  std::vector<Argument> positionals;
};

/// `app` itself, its subcommands left out. Hidden options (of an empty group) are left out.
Command command_of(const CLI::App& app);
/// The subcommands of `app`, in the order in which they were added.
std::vector<Command> subcommands_of(const CLI::App& app);

}  // namespace clipmill
