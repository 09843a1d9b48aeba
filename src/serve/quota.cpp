#include "serve/quota.h"

#include <algorithm>

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

void Quota::give_back(const Client& client, std::size_t count) {
  std::deque<double>& taken = taken_[client.name];
  taken.resize(taken.size() - std::min(taken.size(), count));
}

}  // namespace clipmill
