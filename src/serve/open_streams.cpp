#include "serve/open_streams.h"

#include <microhttpd.h>
#include <sys/types.h>

namespace clipmill {
namespace {

constexpr std::size_t kBlockBytes = 4096;

}  // namespace

/// One connection, suspended or not. It outlives its answer where somebody is about to wake it.
class OpenStreams::Sleeper {
 public:
  explicit Sleeper(MHD_Connection* connection) : connection_(connection) {}

  /// The connection's thread: falls asleep, unless something came since `before`.
  bool sleep(unsigned before) {
    const std::lock_guard lock(mutex_);
    if (ended_ || came_ != before) return false;
    asleep_ = true;
    MHD_suspend_connection(connection_);
    return true;
  }
  bool ended() {
    const std::lock_guard lock(mutex_);
    return ended_;
  }
  unsigned came() {
    const std::lock_guard lock(mutex_);
    return came_;
  }
  void wake() {
    const std::lock_guard lock(mutex_);
    ++came_;
    rouse();
  }
  void end() {
    const std::lock_guard lock(mutex_);
    ended_ = true;
    rouse();
  }
  /// The connection is no more.
  void leave() {
    const std::lock_guard lock(mutex_);
    ended_ = true, asleep_ = false;
  }

 private:
  void rouse() {
    if (!asleep_) return;
    asleep_ = false;
    MHD_resume_connection(connection_);
  }

  std::mutex mutex_;
  MHD_Connection* const connection_;
  unsigned came_ = 0;  // wakes
  bool asleep_ = false, ended_ = false;
};

struct OpenStreams::Answer {
  OpenStreams& all;
  std::shared_ptr<HttpStream> stream;
  std::shared_ptr<Sleeper> sleeper;

  static ssize_t read(void* self, std::uint64_t, char* into, std::size_t size) {
    auto& [all, stream, sleeper] = *static_cast<Answer*>(self);
    while (!sleeper->ended()) {
      const unsigned before = sleeper->came();
      const auto count = stream->read({into, size});
      if (!count) break;
      if (*count > 0 || sleeper->sleep(before)) return static_cast<ssize_t>(*count);
    }
    return MHD_CONTENT_READER_END_OF_STREAM;
  }
};

void OpenStreams::forget(void* self) {
  const std::unique_ptr<Answer> answer(static_cast<Answer*>(self));
  answer->sleeper->leave();
  const std::lock_guard lock(answer->all.mutex_);
  answer->all.sleepers_.erase(answer->sleeper);
}

MHD_Response* OpenStreams::answer(MHD_Connection* connection, std::shared_ptr<HttpStream> stream) {
  const auto sleeper = std::make_shared<Sleeper>(connection);
  stream->on_more([sleeper] { sleeper->wake(); });
  auto answer = std::make_unique<Answer>(Answer{*this, std::move(stream), sleeper});
  MHD_Response* response =
      MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, kBlockBytes, &Answer::read, answer.get(), &forget);
  if (!response) return nullptr;
  answer.release();
  const std::lock_guard lock(mutex_);
  sleepers_.insert(sleeper);
  if (ending_) sleeper->end();
  return response;
}

void OpenStreams::end() {
  const std::lock_guard lock(mutex_);
  ending_ = true;
  for (const auto& sleeper : sleepers_) sleeper->end();
}

}  // namespace clipmill
