#include "studio.h"

#include <algorithm>
#include <numeric>

#include "base/error.h"
#include "mount.h"
#include "store/database.h"
#include "store/sqlite_store.h"
#include "store/statement.h"
#include "workers.h"

namespace clipmill {
namespace {

const std::string kStore = "/simulated/studio/state/jobs.db";
const std::string kStates = "/simulated/studio/state/states";
const std::string kClips = "/simulated/studio/clips";
constexpr int kMostWaits = 20'000;
constexpr double kHours = 3600;

std::string output_of(int clip) { return fmt::format("{}/{}.mp4", kClips, clip); }
std::string prompt_of(int clip, int version) { return fmt::format("clip {} version {}", clip, version); }

class KnownBytes : public Estimates {
 public:
  Demand demand(const Job& job, Part, const DeviceSpec&) override {
    return {.seconds = 10, .bytes = bytes_of(job.id)};
  }
};

/// Remembers who was said to be done.
class Watcher : public EventSink {
 public:
  explicit Watcher(std::map<int, Order>& orders) : orders_(orders) {}
  void on_event(const Event& event) override {
    if (!std::holds_alternative<JobFinished>(event.what)) return;
    for (auto& [clip, order] : orders_) {
      if (order.job == event.job && order.asked == order.promised) order.done = true;
    }
  }

 private:
  std::map<int, Order>& orders_;
};

}  // namespace

Studio::Studio(const StudioOptions& options)
    : options_(options),
      random_(options.seed),
      disk_([this] { return clock_.now() + wall_offset_; }),
      actions_left_(options.actions) {
  disk_.make_folder(kSimulated);
  disk_.sync(SimulatedDisk::kRoot);
}

bool Studio::live() {
  const Mount mount(disk_);
  try {
    const auto wall_time = [this] { return clock_.now() + wall_offset_; };
    SqliteStore store(kStore, wall_time);
    KnownBytes estimates;
    Watcher watcher(orders_);
    Service* running = nullptr;
    Workers workers(
        disk_, random_, {options_.workers_fail, options_.remake_allowed, options_.two_parts ? 1 : 0},
        [&] { act(*running); }, [this](const std::string& text) { problem(text); });
    Scheduler scheduler(kFair, {}, workers.devices());
    Service service({store, workers, scheduler, estimates, watcher, clock_, wall_time, [] {},
                     [&](bool paused) { store.set_setting("paused", paused ? "yes" : ""); }, [] {},
                     options_.two_parts ? kStates : ""},
                    !store.setting("paused").empty());
    running = &service;
    const auto count = [&, before = made_] { made_ = before + workers.made(); };
    try {
      service.run([&] { return count(), all_done(store); });
    } catch (...) {
      count();
      throw;
    }
    return true;
  } catch (const Gone&) {
    return false;
  } catch (const Error&) {
    if (disk_.power_is_cut()) return false;
    throw;
  }
}

/// What happens while the daemon waits: time passes, and the customer asks for something.
void Studio::act(Service& service) {
  if (disk_.power_is_cut()) throw Gone{};
  if (++waits_ > kMostWaits) {
    problem("it does not end");
    throw Gone{};
  }
  clock_.advance(below(10));
  if (options_.clock_jumps && below(20) == 0) wall_offset_ += (below(13) - 6) * kHours;
  try {
    const bool open =
        std::ranges::any_of(orders_, [](const auto& o) { return o.second.asked > o.second.promised; });
    if (actions_left_ == 0 && !open) return finish_up(service);
    if (below(3) > 0) return;
    if (open || orders_.empty()) return submit(service);
    --actions_left_;
    const JobId job = std::next(orders_.begin(), below(static_cast<int>(orders_.size())))->second.job;
    switch (below(9)) {
      case 0:
        return service.cancel(job);
      case 1:
        return service.retry(job);
      case 2:
        return service.hold(job);
      case 3:
        return service.release(job);
      case 4:
        return service.pause();
      case 5:
        return service.resume();
      default:
        return submit(service);
    }
  } catch (const Error& error) {
    if (disk_.power_is_cut()) throw Gone{};
    if (error.kind() != ErrorKind::kInput && error.kind() != ErrorKind::kIo)
      throw;  // else an answer: try again
  }
}

/// What was not answered, once more; or one to three clips: new ones, others' next versions, unchanged ones.
void Studio::submit(Service& service) {
  std::vector<int> clips;
  for (const auto& [clip, order] : orders_) {
    if (order.asked > order.promised) clips.push_back(clip);
  }
  for (int i = below(3); clips.empty() || i > 0; --i) {
    const int clip = below(options_.clips);
    if (std::ranges::count(clips, clip) > 0) continue;
    clips.push_back(clip);
    Order& order = orders_[clip];
    if (order.asked == 0 || below(3) == 0) ++order.asked;
  }
  std::ranges::sort(clips);
  std::vector<JobSpec> specs;
  for (const int clip : clips) {
    JobSpec spec;
    spec.output = output_of(clip);
    spec.clip.prompt = prompt_of(clip, orders_[clip].asked);
    spec.priority = clip % 3;
    const auto before = orders_.find(clip / 2);
    const bool exists =
        before != orders_.end() && (before->second.job != 0 || std::ranges::count(clips, clip / 2));
    if (clip % 3 == 2 && exists) spec.after = {output_of(clip / 2)};
    specs.push_back(spec);
  }
  const std::vector<JobId> ids = service.submit(specs);
  for (std::size_t i = 0; i < clips.size(); ++i) {
    Order& order = orders_[clips[i]];
    if (order.job != 0 && order.job != ids[i]) problem(fmt::format("clip {} has another number", clips[i]));
    if (order.promised != order.asked) order.done = false;
    order.promised = order.asked;
    order.job = ids[i];
  }
}

bool Studio::all_done(const JobStore& store) const {
  if (actions_left_ > 0) return false;
  const StateCounts counts = store.counts({});
  return std::reduce(counts.begin(), counts.end()) == counts[static_cast<std::size_t>(JobState::kDone)];
}

/// Everything may go on again; whoever still waits afterwards waits for ever.
void Studio::finish_up(Service& service) {
  if (waits_ % 10 != 0) return;
  const QueueView queue = service.queue();
  if (queue.paused) service.resume();
  for (const JobView& view : queue.jobs) {
    if (view.job.held) service.release(view.job.id);
    if (is_over(view.job.state) && view.job.state != JobState::kDone) service.retry(view.job.id);
  }
}

void Studio::check() {
  check_integrity();
  SimulatedDisk copy = disk_;
  const Mount mount(copy);
  const SqliteStore store(kStore, [this] { return clock_.now() + wall_offset_; });
  std::map<std::string, Job> jobs;
  for (Job& job : store.jobs()) {
    if (job.state == JobState::kRunning) problem(fmt::format("job {} runs after the start", job.id));
    jobs.emplace(job.spec.output, std::move(job));
  }
  for (const auto& [clip, order] : orders_) check_promise(clip, order, jobs);
  check_files();
}

/// On a copy, so that the next life has to find its way by itself.
void Studio::check_integrity() {
  if (!disk_.find(kStore)) return;
  SimulatedDisk copy = disk_;
  const Mount mount(copy);
  const Database database(kStore);
  for (const char* question : {"PRAGMA integrity_check", "PRAGMA foreign_key_check"}) {
    Statement(database, question).each([&](const Row& row) {
      if (row.text(0) != "ok") problem(fmt::format("{}: {}", question, row.text(0)));
    });
  }
}

void Studio::check_promise(int clip, const Order& order, const std::map<std::string, Job>& jobs) {
  const auto found = jobs.find(output_of(clip));
  if (found == jobs.end()) {
    if (order.promised > 0) problem(fmt::format("clip {} is lost", clip));
    return;
  }
  const Job& job = found->second;
  const bool promised = job.spec.clip.prompt == prompt_of(clip, order.promised);
  const bool asked = job.spec.clip.prompt == prompt_of(clip, order.asked);
  if (!promised && !asked) problem(fmt::format("clip {} is another: {}", clip, job.spec.clip.prompt));
  if (order.job != 0 && order.job != job.id) problem(fmt::format("clip {} has another number", clip));
  if (promised && order.done && job.state != JobState::kDone)
    problem(fmt::format("clip {} was done and is {}", clip, to_string(job.state)));
  const std::string content = disk_.content(job.spec.output);
  if (job.state == JobState::kDone && content != clip_bytes(job.spec.clip.prompt))
    problem(
        fmt::format("clip {} is done, and its file is {}", clip, content.empty() ? "missing" : "another"));
}

/// Under a final name lies the whole of some version.
void Studio::check_files() {
  for (const std::string& name : disk_.names(kClips)) {
    if (name.starts_with('.')) continue;
    const std::string content = disk_.content(kClips + "/" + name);
    if (content != clip_bytes(content.substr(0, content.find('\n'))))
      problem(fmt::format("{} is torn", name));
  }
}

}  // namespace clipmill
