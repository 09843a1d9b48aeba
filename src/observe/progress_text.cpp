#include "observe/progress_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "observe/columns.h"

namespace clipmill {
namespace {

constexpr std::size_t kStageWidth = 12;  // of "encode_video"
constexpr std::size_t kLossWidth = 17;   // of "loss 0.0001234", and two spaces
constexpr std::size_t kLeftWidth = 12;   // of "1:02:09 left"

/// Wide terminals get longer bars, narrow ones keep room for the name.
std::size_t bar_width(std::size_t width) { return std::clamp<std::size_t>(width / 5, 6, 30); }

std::string stage_name(const DeviceProgress& device) {
  return std::string(device.stage ? to_string(*device.stage) : "starting");
}

std::string steps_of(const DeviceProgress& device) {
  return device.total > 0 ? fmt::format("{}/{}", device.done, device.total) : "";
}

std::string loss_of(const DeviceProgress& device) {
  return device.loss ? fmt::format("loss {:.4g}", *device.loss) : "";
}

}  // namespace

std::string bar(int done, int total, std::size_t width) {
  const double share = total > 0 ? std::clamp(static_cast<double>(done) / total, 0.0, 1.0) : 0;
  const auto full = static_cast<std::size_t>(share * static_cast<double>(width));
  std::string text;
  for (std::size_t i = 0; i < width; ++i) text += i < full ? "█" : "░";
  return text;
}

std::string time_left(std::optional<double> seconds) {
  if (!seconds) return "";
  const auto whole = std::llround(std::ceil(std::max(0.0, *seconds)));
  if (whole < 60) return fmt::format("{} s left", whole);
  if (whole < 3600) return fmt::format("{}:{:02} left", whole / 60, whole % 60);
  return fmt::format("{}:{:02}:{:02} left", whole / 3600, whole / 60 % 60, whole % 60);
}

std::string device_line(const DeviceProgress& device, std::size_t width) {
  const std::string rest =
      fmt::format("  {}  {}  {:>7}  {}{:<{}}", pad_columns(stage_name(device), kStageWidth),
                  bar(device.done, device.total, bar_width(width)), steps_of(device),
                  device.loss ? pad_columns(loss_of(device), kLossWidth) : "", time_left(device.seconds_left),
                  kLeftWidth);
  const std::string head = device.device + "  ";
  const std::size_t used = columns(head) + columns(rest);
  const std::size_t name = width > used + 8 ? width - used : 8;
  return fit_columns(head + pad_columns(fit_columns(device.clip, name), name) + rest, width);
}

std::string plain_line(const DeviceProgress& device) {
  std::string line = fmt::format("{}  {}", device.device, device.clip);
  for (const std::string& part : {stage_name(device), steps_of(device), loss_of(device), time_left(device.seconds_left)}) {
    if (!part.empty()) line += "  " + part;
  }
  return fit_columns(line, std::string::npos);
}

std::string overall_line(const OverallProgress& overall, std::size_t width) {
  std::string counts = fmt::format("{} of {} done", overall.done, overall.total);
  if (overall.failed > 0) counts += fmt::format(", {} failed", overall.failed);
  return fit_columns(
      fmt::format("{}  {}  {}", counts, bar(overall.done + overall.failed, overall.total, bar_width(width)),
                  time_left(overall.seconds_left)),
      width);
}

}  // namespace clipmill
