// `clipmill --config FILE COMMAND`: what else would be flags, in a TOML file with a table for each command.
//
//   [daemon]
//   device = ["cuda:0", "cuda:1=decode"]
//   listen = "127.0.0.1:8080"
#pragma once

#include <CLI/CLI.hpp>

namespace clipmill {

/// Reads such a file for CLI11, which lets flags on the command line go before it.
class FlagFile final : public CLI::Config {
 public:
  /// `app` is what the file may set: its commands and their flags.
  explicit FlagFile(const CLI::App& app) : app_(app) {}

  /// Throws Error(kInput) with file and line: no TOML, a command or flag that there is not (with the
  /// nearest).
  std::vector<CLI::ConfigItem> from_config(std::istream& stream) const override;
  /// Nothing is written.
  std::string to_config(const CLI::App*, bool, bool, std::string) const override { return {}; }

 private:
  const CLI::App& app_;
};

}  // namespace clipmill
