#include "stages/cores.h"

#include <sched.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/error.h"
#include "base/number.h"

namespace clipmill {
namespace {

int core_number(std::string_view text, std::string_view list) {
  const auto core = number_in<int>(text);
  if (!core || *core < 0 || *core >= CPU_SETSIZE)
    throw input_error("\"{}\" is no list of cores: write it as 0-3,6", list);
  return *core;
}

}  // namespace

std::vector<int> parse_cores(std::string_view list) {
  std::vector<int> cores;
  for (std::string_view rest = list; !rest.empty();) {
    const std::string_view range = rest.substr(0, rest.find(','));
    rest.remove_prefix(std::min(range.size() + 1, rest.size()));
    const std::size_t dash = range.find('-');
    const int first = core_number(range.substr(0, dash), list);
    const int last = dash == range.npos ? first : core_number(range.substr(dash + 1), list);
    if (last < first) throw input_error("\"{}\": {} comes after {}", list, first, last);
    for (int core = first; core <= last; ++core) cores.push_back(core);
  }
  return cores;
}

void check_usable(const std::vector<int>& cores) {
  cpu_set_t ours;
  CPU_ZERO(&ours);
  if (::sched_getaffinity(0, sizeof ours, &ours) != 0) throw io_error("cannot ask for our cores", errno);
  for (const int core : cores) {
    if (!CPU_ISSET(static_cast<std::size_t>(core), &ours))
      throw input_error("core {} is not there, or not ours to use: see nproc and taskset -p", core);
  }
}

void pin_this_thread(const std::vector<int>& cores) {
  if (cores.empty()) return;
  cpu_set_t set;
  CPU_ZERO(&set);
  for (const int core : cores) CPU_SET(static_cast<std::size_t>(core), &set);
  if (::sched_setaffinity(0, sizeof set, &set) != 0)
    throw input_error("cannot pin a thread to core {}: {}", cores.front(), std::strerror(errno));
}

}  // namespace clipmill
