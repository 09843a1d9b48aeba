#include "clipmill/alarm_outlet.h"

#include <fmt/format.h>

#include <limits>
#include <nlohmann/json.hpp>

#include "base/local_time.h"
#include "clipmill/alarm_command.h"
#include "clipmill/webhook.h"

namespace clipmill {

AlarmOutlet::AlarmOutlet(AlarmTargets targets, std::function<double()> wall_time, std::FILE* log)
    : targets_(std::move(targets)),
      wall_time_(std::move(wall_time)),
      log_(log),
      waiting_(std::numeric_limits<std::size_t>::max()),  // changes of state are few
      thread_([this](const std::stop_token& stop) { deliver(stop); }) {}

AlarmOutlet::~AlarmOutlet() {
  thread_.request_stop();
  waiting_.close();
}

void AlarmOutlet::on_alarm(const Alarm& alarm) {
  log("alarm  " + to_text(alarm));
  waiting_.push(alarm);
}

void AlarmOutlet::deliver(const std::stop_token& stop) {
  while (const auto alarm = waiting_.pop()) {
    if (stop.stop_requested()) return;
    const std::string body = to_json(*alarm).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
    if (const auto why = targets_.webhook.empty() ? "" : post_to_webhook(targets_.webhook, body, stop);
        !why.empty())
      log(fmt::format("alarm  {} of {} did not reach {}: {}", alarm->name, alarm->subject, targets_.webhook,
                      why));
    if (const auto why = targets_.command.empty() ? "" : run_alarm_command(targets_.command, *alarm, body);
        !why.empty())
      log(fmt::format("alarm  {} of {}: the alarm command failed: {}", alarm->name, alarm->subject, why));
  }
}

void AlarmOutlet::log(const std::string& text) const {
  fmt::print(log_, "{}  {}\n", format_local_time(wall_time_()), text);
  std::fflush(log_);
}

}  // namespace clipmill
