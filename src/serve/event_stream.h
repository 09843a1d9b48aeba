// What happens to jobs, for any number of clients that look on: server-sent events.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "core/job_state.h"
#include "core/ports.h"
#include "serve/http_stream.h"

namespace clipmill {

/// Keeps the last events once, for all: a client is a place among them, and one that falls behind them is cut
/// off. It comes again, and is told to read the queue anew. For several threads.
class EventStream : public EventSink {
 public:
  /// `first`: number of the first event, larger than any of a server before this one (Unix milliseconds).
  /// `state_of`: what has become of a job; called by on_event(). `kept`: events.
  EventStream(std::uint64_t first, std::function<std::optional<JobState>(JobId)> state_of,
              std::size_t kept = 4096);

  /// event: job, data: {"id", "state", "stage", "done", "total"}; the last three only while it runs.
  void on_event(const Event& event) override;
  /// Where no event of a worker's tells it: it was submitted, cancelled before it ran, …
  void on_change(JobId job, std::string_view state);

  /// Lets clients read what came since the last time; they are not woken by each event, since many come at
  /// once. `beat`: and a comment, which shows both sides that the other is still there.
  void flush(bool beat);

  /// What came after the event numbered `last`; empty: from now on. A client that has missed some is told:
  /// event: reset.
  std::shared_ptr<HttpStream> subscribe(std::optional<std::uint64_t> last);
  std::size_t clients() const;

 private:
  class Client;

  void add(const std::string& data);

  mutable std::mutex mutex_;
  const std::function<std::optional<JobState>(JobId)> state_of_;
  const std::size_t kept_;
  std::deque<std::string> events_;  // as they are sent
  std::uint64_t end_;               // number of the next one
  std::uint64_t shown_;             // clients see those before
  std::set<Client*> clients_;
};

}  // namespace clipmill
