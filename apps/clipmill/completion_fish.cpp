#include <fmt/format.h>
#include <fmt/ranges.h>

#include "completion_scripts.h"

namespace clipmill {
namespace {

std::string in_quotes(std::string_view text) {
  std::string result = "'";
  for (const char c : text) {
    if (c == '\'' || c == '\\') result += '\\';
    result += c;
  }
  return result + "'";
}

/// The options of `complete` that say what an argument takes.
std::string values(const Argument& argument) {
  switch (argument.values) {
    case Argument::Values::kNone:
      return "";
    case Argument::Values::kFiles:
      return " -r -F";
    case Argument::Values::kFolders:
      return " -x -a '(__fish_complete_directories)'";
    case Argument::Values::kChoices:
      return fmt::format(" -x -a {}", in_quotes(fmt::format("{}", fmt::join(argument.choices, " "))));
    case Argument::Values::kFree:
      break;
  }
  return " -x";
}

std::string names(const Argument& flag) {
  std::string text;
  for (const std::string& name : flag.names) {
    text += name.starts_with("--") ? " -l " + name.substr(2) : " -s " + name.substr(1);
  }
  return text;
}

std::string lines_of(const Command& command, std::string_view condition) {
  std::string text;
  for (const Argument& flag : command.flags) {
    text += fmt::format("complete -c clipmill -n {}{}{} -d {}\n", in_quotes(condition), names(flag),
                        values(flag), in_quotes(flag.help));
  }
  for (const Argument& positional : command.positionals) {
    text += fmt::format("complete -c clipmill -n {}{}\n", in_quotes(condition), values(positional));
  }
  return text;
}

}  // namespace

std::string fish_completion(const Command& program, std::span<const Command> commands) {
  std::string text =
      "# fish completion: save it as ~/.config/fish/completions/clipmill.fish\ncomplete -c clipmill -f\n";
  text += lines_of(program, "__fish_use_subcommand");
  for (const Command& command : commands) {
    text += fmt::format("complete -c clipmill -n __fish_use_subcommand -a {} -d {}\n", command.name,
                        in_quotes(command.help));
    text += lines_of(command, "__fish_seen_subcommand_from " + command.name);
  }
  return text;
}

}  // namespace clipmill
