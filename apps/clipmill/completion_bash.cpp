#include <fmt/format.h>
#include <fmt/ranges.h>

#include "completion_scripts.h"

namespace clipmill {
namespace {

/// The arguments of `compgen` that complete a value.
std::string generator(const Argument& argument) {
  switch (argument.values) {
    case Argument::Values::kFiles:
      return "-f";
    case Argument::Values::kFolders:
      return "-d";
    case Argument::Values::kChoices:
      return fmt::format("-W '{}'", fmt::join(argument.choices, " "));
    case Argument::Values::kNone:
    case Argument::Values::kFree:
      break;
  }
  return "-W ''";
}

/// One branch for each flag that takes a value.
std::string value_branches(const Command& command, const std::string& prefix) {
  std::string text;
  for (const Argument& flag : command.flags) {
    if (flag.values == Argument::Values::kNone) continue;
    for (const std::string& name : flag.names) {
      text += fmt::format("    \"{} {}\") generate {}; return ;;\n", prefix, name, generator(flag));
    }
  }
  return text;
}

std::string flag_words(const Command& command) {
  std::string words;
  for (const Argument& flag : command.flags) words += fmt::format("{} ", fmt::join(flag.names, " "));
  return words;
}

std::string command_branch(const Command& command) {
  const std::string positional = command.positionals.empty() ? "-W ''" : generator(command.positionals[0]);
  return fmt::format("    {}) flags='{}'; words=({}) ;;\n", command.name, flag_words(command), positional);
}

}  // namespace

std::string bash_completion(const Command& program, std::span<const Command> commands) {
  std::vector<std::string> names;
  std::string values = value_branches(program, ""), branches;
  for (const Command& command : commands) {
    names.push_back(command.name);
    values += value_branches(command, command.name);
    branches += command_branch(command);
  }
  return fmt::format(
      R"(# bash completion: source it, or save it as ~/.local/share/bash-completion/completions/clipmill
_clipmill() {{
  local current=${{COMP_WORDS[COMP_CWORD]}} previous=${{COMP_WORDS[COMP_CWORD-1]}} command= word flags words
  generate() {{
    [[ $1 == -W ]] || compopt -o filenames 2> /dev/null
    mapfile -t COMPREPLY < <(compgen "$@" -- "$current")
  }}
  COMPREPLY=()
  for word in "${{COMP_WORDS[@]:1:COMP_CWORD-1}}"; do
    case $word in {0}) command=$word; break ;; esac
  done
  case "$command $previous" in
{1}  esac
  case $command in
    '') flags='{2}'; words=(-W '{3}') ;;
{4}  esac
  if [[ $current == -* ]]; then generate -W "$flags"; else generate "${{words[@]}}"; fi
}}
complete -F _clipmill clipmill
)",
      fmt::join(names, "|"), values, flag_words(program), fmt::join(names, " "), branches);
}

}  // namespace clipmill
