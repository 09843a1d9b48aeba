#include "base/resident_set.h"

#include <fstream>
#include <string>

namespace clipmill {

ResidentSet resident_set(const std::filesystem::path& status) {
  ResidentSet set;
  std::ifstream lines(status);
  for (std::string name; lines >> name;) {
    std::int64_t kibibytes = 0;
    if (name == "VmRSS:" && lines >> kibibytes) set.now = kibibytes * 1024;
    if (name == "VmHWM:" && lines >> kibibytes) set.peak = kibibytes * 1024;
  }
  return set;
}

void restart_resident_peak() {
  std::ofstream file("/proc/self/clear_refs");
  file << 5;  // as proc(5) has it
}

}  // namespace clipmill
