// A clipmill-command as the fleet starts it, a folder for what its programs write, and what it said.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <thread>

#include "base/atomic_file.h"
#include "fleet/worker_process.h"
#include "link/messages.h"

namespace clipmill::test {

/// Whether the process runs: neither gone nor a zombie.
inline bool runs(pid_t pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
  std::string line;
  std::getline(file, line);
  const std::size_t name_end = line.rfind(')');
  return name_end != line.npos && line[name_end + 2] != 'Z';
}

/// Processes whose environment holds `text`.
inline std::vector<pid_t> processes_with(const std::string& text) {
  std::vector<pid_t> found;
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    const std::string name = entry.path().filename();
    if (name.find_first_not_of("0123456789") != name.npos) continue;
    std::ifstream file(entry.path() / "environ", std::ios::binary);
    const std::string environment((std::istreambuf_iterator<char>(file)), {});
    if (environment.find(text) != environment.npos) found.push_back(std::stoi(name));
  }
  return found;
}

/// The one process that this one has started.
inline pid_t only_child() {
  std::ifstream file("/proc/self/task/" + std::to_string(::getpid()) + "/children");
  pid_t child = 0;
  file >> child;
  return child;
}

/// Polls; a test that would wait for ever is ended by ctest.
template <typename Condition>
void wait_until(Condition condition) {
  while (!condition()) std::this_thread::sleep_for(std::chrono::milliseconds(10));
}

class CommandRig {
 public:
  explicit CommandRig(const std::string& device = "cpu:0", const std::string& grace = "0.3")
      : device_(device), worker_({CLIPMILL_COMMAND, {"--grace", grace}}, device, true) {
    std::string name = (std::filesystem::temp_directory_path() / "clipmill-command-XXXXXX").string();
    folder = ::mkdtemp(name.data());
  }
  ~CommandRig() { std::filesystem::remove_all(folder); }

  /// A job that runs `script` by the shell, where $1 is the output.
  JobSpec shell(const std::string& script) const { return words({"sh", "-c", script, "sh", "{output}"}); }
  JobSpec python(const std::string& script) const { return words({"python3", "-c", script, "{output}"}); }
  JobSpec words(std::vector<std::string> all) const {
    JobSpec job;
    job.kind = JobKind::kCommand;
    job.clip.prompt = "a 'red' circle";
    job.command.words = std::move(all);
    job.command.working_folder = folder;
    job.output = folder / "clip.mp4";
    return job;
  }

  void send(const link::ToWorker& message) { worker_.connection().send(link::encode(message)); }
  void start(const JobSpec& job) { send(link::RunJob{{++attempt, 1, device_, job}}); }

  /// The next event, whatever heartbeats come meanwhile; empty once the worker is gone.
  std::optional<Event> next() {
    while (const auto text = worker_.connection().receive()) {
      const auto message = link::decode_from_worker(*text);
      if (const auto* event = std::get_if<Event>(&message)) return *event;
    }
    return std::nullopt;
  }

  /// Runs the job to its end; `events` then holds all that it told. Of a job that failed, why.
  JobFailed failure_of(const JobSpec& job) {
    run(job);
    const auto* failure = std::get_if<JobFailed>(&events.back().what);
    return failure ? *failure : JobFailed{ErrorKind::kInternal, "it did not fail", ""};
  }
  bool succeeds(const JobSpec& job) {
    run(job);
    const auto* failure = std::get_if<JobFailed>(&events.back().what);
    if (failure) ADD_FAILURE() << failure->message;
    return !failure;
  }
  void run(const JobSpec& job) {
    start(job);
    collect();
  }
  void collect() {
    events.clear();
    while (const auto event = next()) {
      events.push_back(*event);
      const bool ended =
          std::holds_alternative<JobFinished>(event->what) || std::holds_alternative<JobFailed>(event->what);
      if (ended) return;
    }
    FAIL() << "the worker left";
  }
  template <typename What>
  std::vector<What> all() const {
    std::vector<What> found;
    for (const Event& event : events) {
      if (const auto* what = std::get_if<What>(&event.what)) found.push_back(*what);
    }
    return found;
  }

  std::string text(const std::string& name) const { return read_file(folder / name); }
  /// The number in a file that a program writes, once it is there.
  pid_t pid_in(const std::string& name) const {
    wait_until([&] { return std::filesystem::exists(folder / name) && text(name).ends_with('\n'); });
    return std::stoi(text(name));
  }
  std::vector<std::string> files() const {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(folder))
      names.push_back(entry.path().filename());
    return names;
  }

  WorkerProcess& worker() { return worker_; }

  std::filesystem::path folder;
  std::vector<Event> events;
  AttemptId attempt = 0;

 private:
  const std::string device_;
  WorkerProcess worker_;
};

}  // namespace clipmill::test
