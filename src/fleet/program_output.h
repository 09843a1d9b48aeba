// Asks another program something, once.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace clipmill {

struct ProgramOutput {
  std::string output;  ///< stdout
  std::string errors;  ///< stderr
  int status = 0;      ///< as of waitpid(2); see describe_wait_status()
};

/// Runs `program` to its end. Throws Error(kWorker) if it cannot be executed.
ProgramOutput run_program(const std::filesystem::path& program, std::vector<std::string> arguments);

}  // namespace clipmill
