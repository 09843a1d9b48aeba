#include "base/file_stamp.h"

#include <sys/stat.h>

namespace clipmill {

std::optional<FileStamp> stamp_of(const std::filesystem::path& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0 || !S_ISREG(status.st_mode)) return std::nullopt;
  const std::int64_t seconds = status.st_mtim.tv_sec;
  return FileStamp{status.st_size, seconds * 1'000'000'000 + status.st_mtim.tv_nsec};
}

}  // namespace clipmill
