// One run of a list of jobs, whatever they make: store, dispatcher, worker processes, progress.
#pragma once

#include <cstdio>
#include <exception>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/job.h"
#include "core/ports.h"
#include "observe/account.h"

namespace clipmill {

struct RunOptions {
  std::vector<std::string> devices = {"cpu:0"};  ///< see checked_devices() in device_plan.h
  std::string vram;                              ///< of each device, as "6GB"; empty: what it has
  int threads = 0;                               ///< of each worker; 0: one a core
  std::string cores;                    ///< the only ones that they compute on, as "0-3,6"; empty: any
  int decode_threads = 0;               ///< of the lane that decodes beside them; 0: as many
  std::string decode_cores;             ///< the only ones of that lane
  std::filesystem::path worker;         ///< the engine's program; empty: beside this one
  std::filesystem::path state_folder;   ///< of the store; empty: in memory
  std::string policy = "fair";          ///< in which order jobs start
  std::string balance = "finish-time";  ///< to which device of those that have room
  bool leaks = false;                   ///< workers look for leaks with the calls that made them
  EventSink* also = nullptr;            ///< hears all events, too
  bool json = false;                    ///< the outcome on stdout, for programs
  bool verbose = false;
  /// What becomes of an interrupted run, for who asks for the interruption.
  std::string_view afterwards = "the same command goes on later";
};

/// How a run went.
struct RunResult {
  Account account;
  bool interrupted = false;
  History history{};          ///< of this run alone
  std::exception_ptr broken;  ///< what stopped it before its end: the store cannot write any more, say
};

/// Where what people read goes: stderr where a program reads stdout.
std::FILE* people(const RunOptions& options);

/// Runs what of `specs` is not done yet. Throws Error before anything runs.
RunResult run_jobs(std::span<const JobSpec> specs, const RunOptions& options, const Clock& clock);

/// The exit code: whether everything is done.
int exit_code(const Account& account);

}  // namespace clipmill
