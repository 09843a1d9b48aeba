#include "simulate/outages.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <regex>

#include "base/error.h"
#include "simulate/draws.h"
#include "simulate/duration.h"

namespace clipmill {

Outages::Outages(const OutageOptions& options, int devices)
    : options_(options), planned_(static_cast<std::size_t>(devices)), drawn_(planned_.size()) {
  for (const Outage& outage : options_.planned)
    planned_.at(static_cast<std::size_t>(outage.device)).push_back(outage);
  for (std::vector<Outage>& of_device : planned_) std::ranges::sort(of_device, std::greater(), &Outage::from);
}

Outage Outages::next(int device, double now) {
  std::vector<Outage>& planned = planned_[static_cast<std::size_t>(device)];
  while (!planned.empty() && planned.back().from < now) planned.pop_back();
  const double drawn = now + draw_wellness(device);
  if (planned.empty() || drawn < planned.back().from) return {device, drawn, drawn + options_.repair};
  return planned.back();
}

double Outages::draw_wellness(int device) {
  if (options_.mean_between == kNever) return kNever;
  const std::uint64_t counter =
      (static_cast<std::uint64_t>(device) << 32) | drawn_[static_cast<std::size_t>(device)]++;
  return -options_.mean_between * std::log(unit_interval(split_mix(split_mix(options_.seed) ^ counter)));
}

Outage parse_outage(const std::string& text, int devices) {
  static const std::regex kOutage("([0-9]{1,7})@([^+]+)(\\+(.+))?");
  std::smatch match;
  if (!std::regex_match(text, match, kOutage))
    throw input_error("a lost device is written as 3@2h+30m (device, when, for how long), not \"{}\"", text);
  Outage outage{std::stoi(match[1]), parse_duration(match[2].str()), kNever};
  if (outage.device >= devices)
    throw input_error("there is no device {} to lose: there are 0 to {}", outage.device, devices - 1);
  if (match[4].matched) outage.until = outage.from + parse_duration(match[4].str());
  if (outage.until <= outage.from) throw input_error("\"{}\": a device is lost for some time", text);
  return outage;
}

}  // namespace clipmill
