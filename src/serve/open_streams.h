// The answers of a server that go on: they sleep while there is nothing to send, and end with the server.
#pragma once

#include <memory>
#include <mutex>
#include <set>

#include "serve/http_stream.h"

struct MHD_Connection;
struct MHD_Response;

namespace clipmill {

/// A sleeping answer takes neither a thread nor time: libmicrohttpd suspends its connection.
class OpenStreams {
 public:
  /// An answer to `connection` that reads `stream`; null where there is no memory.
  MHD_Response* answer(MHD_Connection* connection, std::shared_ptr<HttpStream> stream);
  /// Wakes all, and ends them with their next read, as it does those that come later.
  void end();

 private:
  class Sleeper;
  struct Answer;
  static void forget(void* answer);

  std::mutex mutex_;
  std::set<std::shared_ptr<Sleeper>> sleepers_;
  bool ending_ = false;
};

}  // namespace clipmill
