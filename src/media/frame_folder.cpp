#include "media/frame_folder.h"

#include "base/error.h"
#include "media/still.h"

namespace clipmill {

FrameFolder::FrameFolder(std::filesystem::path folder) : folder_(std::move(folder)) {
  std::error_code error;
  std::filesystem::create_directories(folder_, error);
  if (error) throw io_error(fmt::format("cannot make the folder {}", folder_.string()), error.value());
}

std::filesystem::path FrameFolder::file(int number) const {
  return folder_ / fmt::format("frame-{:04}.png", number);
}

void FrameFolder::write(const Frame& frame) { write_png(file(++written_), frame); }

void FrameFolder::finish() {
  for (int number = written_ + 1; std::filesystem::remove(file(number)); ++number) {
  }
}

}  // namespace clipmill
