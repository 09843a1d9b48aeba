// One run of a list of jobs, whatever they make: store, dispatcher, worker processes, progress.
#pragma once

#include <cstdio>
#include <exception>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/device_table.h"
#include "core/job.h"
#include "fleet/worker_process.h"
#include "observe/account.h"

namespace clipmill {

struct RunOptions {
  std::vector<std::string> devices = {"cpu:0"};
  int threads = 0;                     ///< of each worker; 0: one a core
  std::filesystem::path worker;        ///< the engine's program; empty: beside this one
  std::filesystem::path state_folder;  ///< of the store; empty: in memory
  bool json = false;                   ///< the outcome on stdout, for programs
  bool verbose = false;
  /// What becomes of an interrupted run, for who asks for the interruption.
  std::string_view afterwards = "the same command goes on later";
};

/// How a run went.
struct RunResult {
  Account account;
  bool interrupted = false;
  std::exception_ptr broken;  ///< what stopped it before its end: the store cannot write any more, say
};

/// "cpu" as "cpu:0"; each device once. Throws Error(kInput).
std::vector<std::string> device_names(const std::vector<std::string>& devices);

/// What a scheduler knows of devices of these names.
std::vector<DeviceSpec> device_specs(const std::vector<std::string>& devices);
/// The engine's program, as `options` has it.
WorkerCommand worker_command(const RunOptions& options);

/// Where what people read goes: stderr where a program reads stdout.
std::FILE* people(const RunOptions& options);

/// Runs what of `specs` is not done yet. Throws Error before anything runs.
RunResult run_jobs(std::span<const JobSpec> specs, const RunOptions& options, const Clock& clock);

/// The exit code: whether everything is done.
int exit_code(const Account& account);

}  // namespace clipmill
