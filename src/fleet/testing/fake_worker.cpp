// A worker that speaks the link's protocol and misbehaves on request: at its start by --at-start, in a job by
// the job's prompt.
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <functional>
#include <map>
#include <string>

#include "link/connection.h"
#include "link/messages.h"

namespace clipmill {
namespace {

class FakeWorker {
 public:
  explicit FakeWorker(std::string device) : device_(std::move(device)) {}

  void refuse() { send(link::Refusal{"no such GPU", "take another"}); }
  void hello(int version) { send(link::Hello{version, device_, "none", 1}); }

  void serve() {
    while (const auto text = link_.receive()) {
      const auto message = link::decode_to_worker(*text);
      if (const auto* job = std::get_if<link::RunJob>(&message)) run(job->attempt);
    }
  }

  void tell(const Attempt& attempt, EventPayload what) {
    send(Event{attempt.job, attempt.id, device_, std::move(what)});
  }

 private:
  void send(const link::FromWorker& message) { link_.send(link::encode(message)); }

  void run(const Attempt& attempt) {
    const std::map<std::string, std::function<void()>> behaviours = {
        {"finish", [&] { finish(attempt); }},
        {"fail",
         [&] {
           tell(attempt, JobFailed{ErrorKind::kInput, "as asked", "ask for less"});
         }},
        {"killed", [] { ::raise(SIGKILL); }},
        {"abort",
         [] {
           std::fputs("starting\nterminate called\n  what():  a defect\n\n", stderr);
           ::abort();
         }},
        {"exit", [] { ::_exit(3); }},
        {"hang up",
         [] {
           ::close(3);
           while (true) ::pause();
         }},
        {"hang",
         [&] {
           tell(attempt, StageStarted{Stage::kDenoise});
           while (true) ::pause();
         }},
        {"wait", [&] { wait_for_cancel(attempt); }},
        {"hold",
         [&] {
           send(link::Heartbeat{BytesByCategory{{5, 3, 1}}});
           finish(attempt);
         }},
        {"leak",
         [&] {
           tell(attempt, PreviewWritten{std::to_string(::getpid()), 1});
           tell(attempt, LeakFound{std::int64_t{100} << 20, "a made-up leak"});
           finish(attempt);
         }},
        {"leak and wait",
         [&] {
           tell(attempt, LeakFound{std::int64_t{100} << 20, "a made-up leak"});
           wait_for_cancel(attempt);
         }},
        {"grow",
         [&] {
           tell(attempt, PreviewWritten{std::to_string(::getpid()), 1});
           tell(attempt, MemorySampled{0, grown_ += std::int64_t{20} << 20});
           finish(attempt);
         }},
        {"garbage", [&] { link_.send("certainly not JSON"); }},
        {"huge", [] { [[maybe_unused]] const auto sent = ::write(3, "\xff\xff\xff\xff", 4); }},
        {"stale",
         [&] {
           tell({attempt.id - 1, attempt.job, device_, {}},
                JobFailed{ErrorKind::kIo, "an old attempt's", ""});
           finish(attempt);
           tell(attempt, JobFailed{ErrorKind::kIo, "after its end", ""});
         }},
        {"print",
         [&] {
           for (int i = 0; i < 100'000; ++i) std::fprintf(stderr, "line %d\n", i);
           finish(attempt);
         }},
    };
    behaviours.at(attempt.spec.clip.prompt)();
  }

  void finish(const Attempt& attempt) {
    tell(attempt, StageStarted{Stage::kDenoise});
    tell(attempt, StageProgress{Stage::kDenoise, 1, 2});
    tell(attempt, StageFinished{Stage::kDenoise, 0.5, 1000});
    tell(attempt, JobFinished{42, 1.5});
  }

  /// Says its process id (as a preview's path), then waits for Cancel, or for the end of the link.
  void wait_for_cancel(const Attempt& attempt) {
    tell(attempt, PreviewWritten{std::to_string(::getpid()), 1});
    const auto text = link_.receive();
    if (!text) std::exit(0);
    tell(attempt, JobFailed{ErrorKind::kCancelled, "cancelled", ""});
  }

  std::int64_t grown_ = 0;
  link::Connection link_{3};
  std::string device_;
};

/// The value after `flag`, or "".
std::string value_of(int argc, char** argv, const std::string& flag) {
  for (int i = 1; i + 1 < argc; ++i) {
    if (argv[i] == flag) return argv[i + 1];
  }
  return "";
}

/// Whether this is the first start that sees `file`.
bool is_first(const std::string& file) { return ::mkdir(file.c_str(), 0700) == 0; }

int run(int argc, char** argv) {
  const std::string at_start = value_of(argc, argv, "--at-start");
  const std::string first_only = value_of(argc, argv, "--first-only");
  const bool misbehave = first_only.empty() || is_first(first_only);
  if (value_of(argc, argv, "--link-fd") != "3") return 98;
  if (at_start == "exit" && misbehave) {
    std::fputs("error while loading shared libraries: libtorch.so: cannot open shared object file\n", stderr);
    return 127;
  }
  FakeWorker worker(value_of(argc, argv, "--device"));
  if (at_start == "event") worker.tell({1, 1, "cpu:0", {}}, JobFinished{1, 1});
  if (at_start == "refuse") return worker.refuse(), 1;
  worker.hello(at_start == "version" ? link::kVersion + 1 : link::kVersion);
  worker.serve();
  return 0;
}

}  // namespace
}  // namespace clipmill

int main(int argc, char** argv) { return clipmill::run(argc, argv); }
