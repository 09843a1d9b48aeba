// Ctrl-C as something one can ask about and wait for.
#pragma once

namespace clipmill {

/// While it lives, the first SIGINT, SIGTERM or SIGHUP is noted; the same again ends the process as usual.
class Interrupt {
 public:
  Interrupt();
  ~Interrupt();
  Interrupt(const Interrupt&) = delete;
  Interrupt& operator=(const Interrupt&) = delete;

  bool requested() const;
  /// Becomes readable when it is requested.
  int fd() const;
};

}  // namespace clipmill
