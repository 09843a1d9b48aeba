#include <fmt/format.h>

#include <algorithm>

#include "base/units.h"
#include "observe/columns.h"
#include "observe/hour.h"

namespace clipmill {
namespace {

constexpr std::size_t kPartWidth = 26;

std::string part_cell(const DeviceTime& time, const std::string& name) {
  const auto parts = parts_of(time);
  const auto found = std::ranges::find(parts, name, [](const auto& part) { return part.first; });
  if (found == parts.end()) return "-";
  return fmt::format("{} {:>5.1f} %", format_seconds(found->second), 100 * found->second / time.total());
}

std::string device_table(const Hour& hour) {
  if (hour.devices.empty()) return "no device has worked\n";
  std::string text = pad_columns("", kPartWidth);
  for (const DeviceTime& time : hour.devices) text += fmt::format("{:>20}", fit_columns(time.device, 18));
  text += "\n";
  for (const std::string& name : part_names(hour.devices)) {
    text += pad_columns("  " + spaced_name(name), kPartWidth);
    for (const DeviceTime& time : hour.devices) text += fmt::format("{:>20}", part_cell(time, name));
    text += "\n";
  }
  text += pad_columns("  in all", kPartWidth);
  for (const DeviceTime& time : hour.devices)
    text += fmt::format("{:>12} {:>5.1f} %", format_seconds(time.total()), 100.0);
  return text + "\n";
}

std::string factor_text(const SpeedUp& speed, Factor factor) {
  const double value = speed.factor(factor);
  switch (factor) {
    case Factor::kResident:
      return fmt::format("  {:>6.3f}  models that stayed: {} of {} loads spared, {}\n", value,
                         speed.spared_loads, speed.loads + speed.spared_loads, format_seconds(speed.spared));
    case Factor::kSharing:
      return fmt::format("  {:>6.3f}  stages beside others: {} alone, {} here (known for {:.0f} % of it)\n",
                         value, format_seconds(speed.alone), format_seconds(speed.busy),
                         speed.busy > 0 ? 100 * speed.known / speed.busy : 0);
    case Factor::kOverlap:
      return fmt::format("  {:>6.3f}  stages of one clip that overlap\n", value);
    case Factor::kMemory:
      return fmt::format("  {:>6.3f}  clips side by side in one device's memory\n", value);
    case Factor::kDevices:
      return fmt::format(
          "  {:>6.3f}  {} at once, less their gaps\n", value,
          speed.device_count == 1 ? "one device" : fmt::format("{} devices", speed.device_count));
  }
  return "";
}

std::string speed_up_text(const SpeedUp& speed) {
  if (speed.wall <= 0) return "";
  std::string text =
      fmt::format("\nspeed-up {:.3f}: {} one after the other, {} here; that is the product of\n",
                  speed.measured(), format_seconds(speed.serial()), format_seconds(speed.wall));
  for (std::size_t i = 0; i < kFactors.size(); ++i) text += factor_text(speed, static_cast<Factor>(i));
  return text;
}

std::string beta_text(const Residence& residence) {
  if (!residence.known()) return "not known: taken as 1";
  const std::int64_t jobs = residence.jobs_with();
  const std::string without =
      residence.fits_without() ? fmt::format("{}", residence.jobs_without()) : "none (counted as 1)";
  return fmt::format("{} {} in {}, {} without the memory levers", jobs, jobs == 1 ? "job" : "jobs",
                     format_bytes(residence.budget), without);
}

std::string formula_text(const Hour& hour) {
  if (hour.speed_up.wall <= 0) return "";
  const GuideFormula& formula = hour.formula;
  const double measured = hour.speed_up.measured_of_one();
  const std::string beta = beta_text(hour.residence);
  return fmt::format(
      "\nguide's formula 1/(1-a)*b: {:.3f} for one device; measured {:.3f} ({:+.0f} %)\n"
      "  a {:.3f}  share of the busy time behind other stages\n"
      "  b {:.3f}  {}\n",
      formula.predicted(), measured, 100 * formula.error(measured), formula.alpha, formula.beta, beta);
}

}  // namespace

std::string hour_text(const Hour& hour) {
  return fmt::format("the last {}: {} of {} attempts done\n\n", format_seconds(hour.window.seconds()),
                     hour.done, hour.attempts) +
         device_table(hour) + speed_up_text(hour.speed_up) + formula_text(hour);
}

}  // namespace clipmill
