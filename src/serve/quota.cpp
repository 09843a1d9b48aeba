#include "serve/quota.h"

#include "base/error.h"

namespace clipmill {
namespace {

constexpr double kHour = 3600;

}  // namespace

double Quota::take(const Client& client, std::size_t count, double now) {
  const auto most = static_cast<std::size_t>(client.hourly);
  if (most == 0) return 0;
  if (count > most)
    throw Error(ErrorKind::kInput, fmt::format("{} videos at once: this token may {} an hour", count, most),
                "ask for fewer at a time");
  std::deque<double>& taken = taken_[client.name];
  while (!taken.empty() && taken.front() <= now - kHour) taken.pop_front();
  if (taken.size() + count > most) return taken[taken.size() + count - most - 1] + kHour - now;
  taken.insert(taken.end(), count, now);
  return 0;
}

}  // namespace clipmill
