// How many videos a client asked for within the last hour.
#pragma once

#include <deque>
#include <map>
#include <string>

#include "serve/client.h"

namespace clipmill {

/// Counts from the daemon's start on. Not for several threads at once.
class Quota {
 public:
  /// Takes `count` videos at `now` (seconds), or none: then how many seconds it is until they may be taken.
  /// Throws Error(kInput) where they never may.
  double take(const Client& client, std::size_t count, double now);
  /// Of what was taken last, where nothing came of it.
  void give_back(const Client& client, std::size_t count);

 private:
  std::map<std::string, std::deque<double>> taken_;  ///< within the hour, by the client's name
};

}  // namespace clipmill
