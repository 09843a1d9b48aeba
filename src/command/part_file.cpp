#include "command/part_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "base/error.h"

namespace clipmill {
namespace fs = std::filesystem;
namespace {

/// The program may have put another file under the name than the one we would have had open.
void sync_file(const fs::path& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  const bool synced = fd >= 0 && ::fsync(fd) == 0;
  const int error = errno;
  if (fd >= 0) ::close(fd);
  if (!synced) throw io_error(fmt::format("cannot write {}", path.string()), error);
}

Error bad_output(const std::string& what) {
  return Error(ErrorKind::kInput, "the program succeeded, but " + what,
               "it must write the file that {output} or the variable CLIPMILL_OUTPUT names");
}

}  // namespace

PartFile::PartFile(const fs::path& target) : target_(target), file_(target) {
  fs::remove(path());  // programs refuse to write over a file
}

std::int64_t PartFile::commit() {
  std::error_code missing;
  const fs::file_status status = fs::symlink_status(path(), missing);
  if (status.type() == fs::file_type::not_found) throw bad_output("wrote no output");
  if (status.type() != fs::file_type::regular) throw bad_output("its output is no plain file");
  const auto bytes = static_cast<std::int64_t>(fs::file_size(path()));
  if (bytes == 0) throw bad_output("its output is empty");
  sync_file(path());
  file_.commit();
  return bytes;
}

}  // namespace clipmill
