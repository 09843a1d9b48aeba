// One run of a list of jobs, from their check to the report.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "manifest/manifest.h"

namespace clipmill {

struct BatchOptions {
  std::vector<std::string> devices = {"cpu:0"};
  int threads = 0;                     ///< of each worker; 0: one a core
  std::filesystem::path worker;        ///< the engine's program; empty: beside this one
  std::filesystem::path state_folder;  ///< store and posters; empty: in memory, and none
  std::filesystem::path report;        ///< HTML; empty: none
  bool json = false;                   ///< the outcome on stdout, for programs
  bool verbose = false;
};

/// Runs what of `manifest` is not done yet, and tells how it went. Paths in it are absolute. Returns the exit
/// code. Throws Error before anything runs, or what stopped the run before its end, once it told what was
/// done.
int run_batch(Manifest manifest, BatchOptions options);

}  // namespace clipmill
