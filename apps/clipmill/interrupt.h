// Ctrl-C as something one can ask about and wait for.
#pragma once

namespace clipmill {

/// While it lives, the first SIGINT or SIGTERM is noted; the second ends the process as usual.
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
