#include "command/command_run.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <filesystem>

#include "base/error.h"
#include "command/memory_watch.h"
#include "command/output_log.h"
#include "command/part_file.h"
#include "command/progress_finder.h"
#include "command/verdict.h"

namespace clipmill {
namespace fs = std::filesystem;
namespace {

constexpr int kTickMilliseconds = 50;
constexpr std::size_t kEvidenceLines = 12;

struct Pipe {
  Pipe() {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw io_error("cannot make a pipe for a command", errno);
    read = ends[0];
    write = ends[1];
  }
  ~Pipe() { close_write(); }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;

  void close_write() {
    if (write >= 0) ::close(write);
    write = -1;
  }

  int read = -1, write = -1;  ///< `read` is the log's to close
};

std::vector<std::string> filled(const std::vector<std::string>& words, const JobSpec& job,
                                const CommandPlace& place) {
  std::vector<std::string> all;
  for (const std::string& word : words) all.push_back(fill_command_text(word, job, place));
  return all;
}

class CommandRun {
 public:
  CommandRun(const Attempt& attempt, const CommandWorld& world)
      : job_(attempt.spec),
        world_(world),
        part_(job_.output),
        log_(pipe_.read, job_.output + ".log"),
        finder_(job_.command.progress),
        watch_(world.probe, world.clock),
        program_(start(attempt.device)) {}
  ~CommandRun() { world_.held = 0; }

  JobFinished run() {
    std::optional<GuardReport> end;
    while (!(end = program_->take_end())) {
      wait();
      read_output();
      look_at_memory();
      look_at_time();
    }
    while (read_output()) {  // what it said at the last
    }
    judge(*end);
    const JobFinished result{part_.commit(), seconds()};
    world_.report(StageFinished{Stage::kCommand, result.seconds, watch_.peak()});
    return result;
  }

 private:
  std::unique_ptr<GuardedProgram> start(const std::string& device) {
    const CommandPlace place{part_.path().string(), device};
    SpawnSettings settings{command_environment(own_environment(), job_, place), job_.command.working_folder};
    if (job_.command.tracemalloc > 0) ask_for_tracemalloc(settings.environment);
    if (!settings.working_folder.empty() && !fs::is_directory(settings.working_folder))
      throw input_error("working_folder: there is no folder {}", settings.working_folder);
    world_.report(StageStarted{Stage::kCommand});
    if (!world_.probe.works())
      world_.report(Notice{Stage::kCommand, "memory is not measured: NVML does not answer"});
    auto program = std::make_unique<GuardedProgram>(
        world_.settings.guard, filled(job_.command.words, job_, place), std::move(settings), pipe_.write);
    pipe_.close_write();
    return program;
  }

  void ask_for_tracemalloc(Environment& environment) {
    const std::string report = job_.output + ".tracemalloc.txt";
    fs::remove(report);
    add_tracemalloc(environment, world_.settings.python_folder, job_.command.tracemalloc, report);
  }

  void wait() const {
    std::array<pollfd, 2> events{{{program_->fd(), POLLIN, 0}, {log_.fd(), POLLIN, 0}}};
    ::poll(events.data(), events.size(), kTickMilliseconds);
  }

  /// Whether there was any.
  bool read_output() {
    const std::string_view output = log_.take();
    const auto progress = finder_.feed(output);
    if (progress && progress != told_)
      world_.report(StageProgress{Stage::kCommand, progress->done, progress->total});
    if (progress) told_ = progress;
    return !output.empty();
  }

  void look_at_memory() {
    if (!watch_.due()) return;
    const std::int64_t used = watch_.sample([&] { return program_->processes(); });
    world_.held = used;
    const std::int64_t allowed = job_.command.memory_bytes;
    if (allowed == 0 || used <= allowed || verdict_) return;
    verdict_ = over_budget(used, allowed);
    program_->kill();
  }

  void look_at_time() {
    const double limit = job_.time_limit_seconds;
    if (world_.alone()) program_->kill();
    if (verdict_) return;
    if (limit > 0 && seconds() > limit) verdict_ = over_time(limit);
    if (world_.stopped() || world_.alone()) verdict_ = Error(ErrorKind::kCancelled, "cancelled");
    if (verdict_) program_->stop();
  }

  void judge(const GuardReport& end) const {
    if (verdict_) throw Error(*verdict_);
    const bool succeeded = end.started && WIFEXITED(end.number) && WEXITSTATUS(end.number) == 0;
    if (!succeeded) throw failure_of(end, job_.command.words.front(), log_.last_lines(kEvidenceLines));
  }

  double seconds() const { return world_.clock.now() - began_; }

  const JobSpec& job_;
  const CommandWorld& world_;
  const double began_ = world_.clock.now();
  PartFile part_;
  Pipe pipe_;
  OutputLog log_;
  ProgressFinder finder_;
  MemoryWatch watch_;
  std::unique_ptr<GuardedProgram> program_;
  std::optional<CommandProgress> told_;
  std::optional<Error> verdict_;  ///< why we end it
};

}  // namespace

JobFinished run_command(const Attempt& attempt, const CommandWorld& world) {
  if (attempt.spec.command.words.empty()) throw input_error("command is missing");
  return CommandRun(attempt, world).run();
}

}  // namespace clipmill
