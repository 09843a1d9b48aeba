// A body that comes piece by piece, as long as its client listens: a plain interface, so that what is sent
// can be tested without a server.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <span>

namespace clipmill {

/// One client's. Read by one thread at a time; destroyed when the client has gone.
class HttpStream {
 public:
  virtual ~HttpStream() = default;
  /// Fills the beginning of `into` with what comes next: how many bytes; 0: nothing yet; empty: the end.
  /// Never waits.
  virtual std::optional<std::size_t> read(std::span<char> into) = 0;
  /// Before the first read(): `more` is to be called, from any thread, whenever something came after a read()
  /// that found nothing.
  virtual void on_more(std::function<void()> more) = 0;
};

}  // namespace clipmill
