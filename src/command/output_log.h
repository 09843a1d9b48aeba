// What a program prints: into a file, and its last words kept at hand.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

namespace clipmill {

/// Owns the reading end of a pipe.
class OutputLog {
 public:
  /// Begins `file` anew. Throws Error(kIo).
  OutputLog(int pipe, const std::filesystem::path& file);
  ~OutputLog();
  OutputLog(const OutputLog&) = delete;
  OutputLog& operator=(const OutputLog&) = delete;

  /// For poll(2); -1 once all writers are gone.
  int fd() const { return pipe_; }
  /// Takes what is there without waiting, at most 64 KiB: valid until the next call. Empty: nothing (more).
  std::string_view take();
  /// The last lines that are not blank, of at most 4 KiB, without control characters.
  std::string last_lines(std::size_t count) const;

 private:
  void write(std::string_view bytes);

  int pipe_;
  int file_;
  std::int64_t written_ = 0;
  std::string buffer_, tail_;
};

}  // namespace clipmill
