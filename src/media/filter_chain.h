// A libavfilter graph built filter by filter, each linked to the one before.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "media/av.h"

struct AVFilterContext;

namespace clipmill {

/// Option names and values are handed to libavfilter as they are: nothing needs escaping.
using FilterOptions = std::vector<std::pair<std::string, std::string>>;

/// Returns `code` unless it is an AVERROR: whatever goes wrong in a filter, also a file that it cannot find,
/// is Error(kInput) with `what` and libav's reason.
int check_filter(int code, const std::string& what);

class FilterChain {
 public:
  FilterChain();
  /// Appends one filter. Throws Error(kInput) if this libavfilter lacks it, naming what it would need.
  AVFilterContext* append(const std::string& filter, const FilterOptions& options = {});
  /// Appends a graph in libavfilter's own syntax with one video input and one video output. Throws
  /// Error(kInput) with the text and libav's reason.
  void append_graph(const std::string& text);
  /// Settles sizes and formats of all links. Throws Error(kInput) with `what` and libav's reason.
  void configure(const std::string& what);

 private:
  AvPtr<AVFilterGraph> graph_;
  AVFilterContext* last_ = nullptr;
  unsigned last_output_ = 0;
};

}  // namespace clipmill
