// The job fields as command-line flags.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "core/job_fields.h"

namespace clipmill {

/// One flag for each key of core/job_fields.h, "_" written as "-", and --seeds and --count.
class JobFlags {
 public:
  explicit JobFlags(CLI::App& command);

  /// The flags that were given, as values. Throws Error(kInput) naming the flag.
  std::vector<Override> given() const;
  /// Empty when `key`'s flag was not given.
  std::string text(std::string_view key) const;

 private:
  struct Flag {
    std::string key;
    CLI::Option* option;
  };
  std::vector<Flag> flags_;
};

}  // namespace clipmill
