// The last words of a process: what it printed, read from a pipe, cut to the end that matters.
#pragma once

#include <cstddef>
#include <string>

namespace clipmill {

/// Owns the reading end of a pipe.
class OutputTail {
 public:
  /// With `show`, everything also goes to our own stderr.
  OutputTail(int fd, bool show);
  ~OutputTail();
  OutputTail(const OutputTail&) = delete;
  OutputTail& operator=(const OutputTail&) = delete;

  /// For poll(2); -1 once the writer is gone.
  int fd() const { return fd_; }
  /// Takes what is there, without waiting.
  void drain();
  /// The last lines that are not blank, at most 4 KiB.
  std::string last_lines(std::size_t count) const;

 private:
  void close();

  int fd_;
  bool show_;
  std::string tail_;
};

}  // namespace clipmill
