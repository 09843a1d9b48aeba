// Completion scripts, one function a shell.
#pragma once

#include <span>
#include <string>

#include "command_tree.h"

namespace clipmill {

std::string bash_completion(const Command& program, std::span<const Command> commands);
std::string zsh_completion(const Command& program, std::span<const Command> commands);
std::string fish_completion(const Command& program, std::span<const Command> commands);

}  // namespace clipmill
