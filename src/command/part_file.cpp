#include "command/part_file.h"

#include "base/error.h"

namespace clipmill {
namespace fs = std::filesystem;
namespace {

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
  make_durable(path());  // the program may have put another file under the name
  file_.commit();
  return bytes;
}

}  // namespace clipmill
