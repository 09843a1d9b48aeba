// The lines of the progress display. Pure.
#pragma once

#include <cstddef>
#include <string>

#include "observe/board.h"

namespace clipmill {

/// "█████░░░░░", `width` columns.
std::string bar(int done, int total, std::size_t width);
/// "45 s left", "12:30 left", "2:05:00 left"; empty if unknown.
std::string time_left(std::optional<double> seconds);

/// At most `width` columns: "cpu:0  003-a-red-circle.mp4   denoise       █████░░░░░  12/20  14 s left".
/// In training the loss stands before the time.
std::string device_line(const DeviceProgress& device, std::size_t width);
/// The same without a bar, for logs: "cpu:0  003-a-red-circle.mp4  denoise  12/20  14 s left".
std::string plain_line(const DeviceProgress& device);
/// "3 of 12 done, 1 failed  ████░░░░░░  2:05 left".
std::string overall_line(const OverallProgress& overall, std::size_t width);

}  // namespace clipmill
