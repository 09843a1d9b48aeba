// Shows how a run goes: bars that are redrawn in place on a terminal; elsewhere a line per ended clip, and
// one now and then while nothing ends.
#pragma once

#include <cstdio>
#include <span>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "core/ports.h"
#include "observe/board.h"

namespace clipmill {

/// Ended clips leave a line ("[3/12] done 003-a-red-circle.mp4 in 4.20 s"); on a terminal, the bars stand
/// below.
class Progress : public EventSink {
 public:
  /// Jobs that are done already are not counted. `out` is borrowed.
  Progress(std::span<const Job> jobs, const Clock& clock, std::FILE* out);
  /// Removes the bars, so that what is printed next stands in their place.
  ~Progress() override;
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void on_event(const Event& event) override;
  /// A line on stderr at once, above the bars.
  void notice(std::string_view line);

 private:
  std::string ended_line(const Event& event) const;
  void print_plain(const std::string& ended);
  void erase();
  void draw(const std::string& lines_above);

  Board board_;
  const Clock& clock_;
  std::FILE* const out_;
  const bool terminal_;
  int lines_drawn_ = 0;
  double next_draw_ = 0;  ///< showing the same clip again before only makes the terminal, or the log, busy
};

}  // namespace clipmill
