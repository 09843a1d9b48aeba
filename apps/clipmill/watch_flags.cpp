#include "clipmill/watch_flags.h"

#include <fmt/ranges.h>

#include <algorithm>

#include "base/error.h"
#include "base/number.h"
#include "base/text.h"
#include "simulate/duration.h"

namespace clipmill {
namespace {

/// A window of a few samples at least.
constexpr double kSamplesAWindow = 5, kLongestWait = 600;

std::vector<std::string> names_of_alarms() {
  std::vector<std::string> names;
  for (const AlarmRule& rule : alarm_rules()) names.emplace_back(rule.name);
  return names;
}

std::pair<std::string, double> limit_in(const std::string& text) {
  const std::size_t equals = text.find('=');
  const std::string name = text.substr(0, equals);
  const AlarmRule* rule = find_alarm_rule(name);
  if (!rule)
    throw Error(ErrorKind::kInput, fmt::format("--alarm-limit: there is no alarm \"{}\"", name),
                fmt::format("there are {}", fmt::join(names_of_alarms(), ", ")));
  const auto number = equals == text.npos ? std::nullopt : number_in<double>(text.substr(equals + 1));
  if (!number || !(*number >= 0)) throw input_error("--alarm-limit: {}: give a number, as {}=80", text, name);
  return {name, rule->is_share ? *number / 100 : *number};
}

}  // namespace

void add_watch_flags(CLI::App& command, WatchOptions& options) {
  command
      .add_option("--alarm-command", options.targets.command,
                  "a shell command that is run when an alarm fires or is over, with its JSON on stdin")
      ->type_name("COMMAND");
  command
      .add_option("--alarm-webhook", options.targets.webhook,
                  "gets the same JSON by POST, as http://host/path")
      ->type_name("URL");
  command.add_option("--alarm-window", options.window, "alarms judge the mean over so long")
      ->type_name("TIME")
      ->capture_default_str();
  command
      .add_option("--alarm-limit", options.limits,
                  fmt::format("another limit than the default, shares in percent, as device_memory=95; of {}",
                              fmt::join(names_of_alarms(), ", ")))
      ->type_name("NAME=N")
      ->allow_extra_args(false);
  command
      .add_option(
          "--interactive-from", options.interactive_from,
          "jobs of at least this priority, and those with a deadline, are waited for by somebody: the "
          "waiting alarm is about them")
      ->type_name("N")
      ->capture_default_str();
}

WatchSettings watch_settings(const WatchOptions& options, const std::string& policy) {
  WatchSettings settings;
  settings.alarms.window = parse_duration(options.window);
  if (settings.alarms.window <= 0) throw input_error("--alarm-window must be more than 0");
  settings.alarms.policy = policy;
  for (const std::string& limit : options.limits) settings.alarms.limits.insert(limit_in(limit));
  settings.interactive_from = options.interactive_from;
  settings.sample_seconds = std::min(settings.sample_seconds, settings.alarms.window / kSamplesAWindow);
  settings.wait_window = std::min(kLongestWait, 10 * settings.alarms.window);
  return settings;
}

}  // namespace clipmill
