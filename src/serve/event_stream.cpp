#include "serve/event_stream.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "serve/json_text.h"

namespace clipmill {
namespace {

constexpr const char *kHello = "retry: 2000\n\n", *kReset = "event: reset\ndata: {}\n\n", *kBeat = ":\n\n";

nlohmann::json running(JobId job, Stage stage, int done, int total) {
  return {{"id", job}, {"state", "running"}, {"stage", to_string(stage)}, {"done", done}, {"total", total}};
}

}  // namespace

/// A place among the events. Its text is what it was given and has not read; there is more only once that is
/// empty.
class EventStream::Client : public HttpStream {
 public:
  Client(EventStream& all, std::uint64_t next, std::string greeting)
      : all_(all), next_(next), text_(std::move(greeting)) {
    const std::lock_guard lock(all_.mutex_);
    all_.clients_.insert(this);
  }
  ~Client() override {
    const std::lock_guard lock(all_.mutex_);
    all_.clients_.erase(this);
  }

  std::optional<std::size_t> read(std::span<char> into) override {
    const std::lock_guard lock(all_.mutex_);
    if (next_ < oldest()) return std::nullopt;
    while (text_.size() < into.size() && next_ < all_.shown_) text_ += all_.events_[next_++ - oldest()];
    if (std::exchange(beat_, false) && text_.empty()) text_ = kBeat;
    const std::size_t count = text_.copy(into.data(), into.size());
    text_.erase(0, count);
    return count;
  }
  void on_more(std::function<void()> more) override {
    const std::lock_guard lock(all_.mutex_);
    more_ = std::move(more);
  }

  /// Under the lock of all.
  void wake(bool beat) {
    beat_ |= beat;
    if (more_ && (beat || next_ < all_.shown_)) more_();
  }

 private:
  std::uint64_t oldest() const { return all_.end_ - all_.events_.size(); }

  EventStream& all_;
  std::uint64_t next_;
  std::string text_;
  bool beat_ = false;
  std::function<void()> more_;
};

EventStream::EventStream(std::uint64_t first, std::function<std::optional<JobState>(JobId)> state_of,
                         std::size_t kept)
    : state_of_(std::move(state_of)), kept_(kept), end_(first), shown_(first) {}

void EventStream::on_event(const Event& event) {
  const auto ended = [&] {
    if (const auto state = state_of_(event.job)) on_change(event.job, to_string(*state));
  };
  std::visit(
      Overloaded{
          [&](const JobStarted&) { on_change(event.job, "running"); },
          [&](const StageStarted& e) { add(json_text(running(event.job, e.stage, 0, 0))); },
          [&](const StageProgress& e) { add(json_text(running(event.job, e.stage, e.done, e.total))); },
          [&](const JobFinished&) { ended(); },
          [&](const JobFailed&) { ended(); },
          [&](const JobRetried&) { ended(); },
          [](const auto&) {},
      },
      event.what);
}

void EventStream::on_change(JobId job, std::string_view state) {
  add(json_text({{"id", job}, {"state", state}}));
}

void EventStream::add(const std::string& data) {
  const std::lock_guard lock(mutex_);
  events_.push_back(fmt::format("id: {}\nevent: job\ndata: {}\n\n", end_++, data));
  if (events_.size() > kept_) events_.pop_front();
}

void EventStream::flush(bool beat) {
  const std::lock_guard lock(mutex_);
  shown_ = end_;
  for (Client* client : clients_) client->wake(beat);
}

std::shared_ptr<HttpStream> EventStream::subscribe(std::optional<std::uint64_t> last) {
  std::uint64_t next = 0;
  bool missed = false;
  {
    const std::lock_guard lock(mutex_);
    const std::uint64_t oldest = end_ - events_.size();
    missed = last && (*last + 1 < oldest || *last >= end_);
    next = last && !missed ? *last + 1 : end_;
  }
  return std::make_shared<Client>(*this, next, missed ? std::string(kHello) + kReset : kHello);
}

std::size_t EventStream::clients() const {
  const std::lock_guard lock(mutex_);
  return clients_.size();
}

}  // namespace clipmill
