#include <fmt/format.h>
#include <fmt/ranges.h>

#include "completion_scripts.h"

namespace clipmill {
namespace {

/// `text` within single quotes as part of an _arguments specification.
std::string escaped(std::string_view text) {
  std::string result;
  for (const char c : text) {
    if (c == '\'') {
      result += "'\\''";
      continue;
    }
    if (c == ':' || c == '[' || c == ']' || c == '\\') result += '\\';
    result += c;
  }
  return result;
}

std::string action(const Argument& argument) {
  switch (argument.values) {
    case Argument::Values::kFiles:
      return "_files";
    case Argument::Values::kFolders:
      return "_files -/";
    case Argument::Values::kChoices:
      return fmt::format("({})", fmt::join(argument.choices, " "));
    case Argument::Values::kNone:
    case Argument::Values::kFree:
      break;
  }
  return "";
}

std::string specifications(const Command& command) {
  std::string text;
  for (const Argument& flag : command.flags) {
    const bool takes_value = flag.values != Argument::Values::kNone;
    const std::string value =
        takes_value ? fmt::format(":{}:{}", escaped(flag.value_name), action(flag)) : "";
    for (const std::string& name : flag.names) {
      text += fmt::format(" \\\n        '{}[{}]{}'", name, escaped(flag.help), value);
    }
  }
  for (const Argument& positional : command.positionals) {
    text += fmt::format(" \\\n        '*:{}:{}'", escaped(positional.help), action(positional));
  }
  return text;
}

}  // namespace

std::string zsh_completion(const Command& program, std::span<const Command> commands) {
  std::string names, branches;
  for (const Command& command : commands) {
    names += fmt::format("    '{}:{}'\n", command.name, escaped(command.help));
    branches +=
        fmt::format("      {})\n      _arguments{}\n      ;;\n", command.name, specifications(command));
  }
  return fmt::format(R"(#compdef clipmill
# zsh completion: save it as _clipmill in a folder of $fpath
_clipmill() {{
  local state
  local -a line commands
  commands=(
{0}  )
  _arguments -C '1: :->command' '*:: :->arguments'{1}
  case $state in
    command) _describe command commands ;;
    arguments)
    case $line[1] in
{2}    esac
    ;;
  esac
}}
compdef _clipmill clipmill
)",
                     names, specifications(program), branches);
}

}  // namespace clipmill
