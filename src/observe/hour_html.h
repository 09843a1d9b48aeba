// The account of an hour as a page with charts.
#pragma once

#include <string>

#include "core/history.h"
#include "observe/hour.h"

namespace clipmill {

/// One file that asks nobody for anything, light or dark as the reader's system is. `history`: what reaches
/// into the window.
std::string hour_html(const Hour& hour, const History& history);

/// The same history as a chart of stages over time, in the colours of the page; bars of a row do not overlap.
std::string history_svg(const History& history);

}  // namespace clipmill
