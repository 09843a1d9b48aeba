#include "train/clip_frames.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <string>

#include "base/error.h"

namespace clipmill {
namespace fs = std::filesystem;
namespace {

std::string lower_extension(const fs::path& path) {
  std::string extension = path.extension().string();
  std::ranges::transform(extension, extension.begin(), [](unsigned char c) { return std::tolower(c); });
  return extension;
}

template <std::size_t n>
bool ends_as(const fs::path& path, const std::array<std::string_view, n>& extensions) {
  return std::ranges::find(extensions, lower_extension(path)) != extensions.end();
}

constexpr std::array<std::string_view, 5> kVideos = {".mp4", ".mov", ".mkv", ".webm", ".gif"};
constexpr std::array<std::string_view, 3> kPictures = {".png", ".jpg", ".jpeg"};

bool is_digit(char c) { return std::isdigit(static_cast<unsigned char>(c)) != 0; }

/// A name in which every number has the same width, so that comparing letters compares numbers.
std::string padded_numbers(const std::string& name) {
  constexpr std::size_t kWidth = 20;
  std::string result;
  for (std::size_t i = 0; i < name.size();) {
    std::size_t end = i;
    while (end < name.size() && is_digit(name[end])) ++end;
    if (end > i && end - i < kWidth) result.append(kWidth - (end - i), '0');
    end = std::max(end, i + 1);
    result += name.substr(i, end - i);
    i = end;
  }
  return result;
}

bool before(const fs::path& one, const fs::path& other) {
  const std::string a = one.filename().string(), b = other.filename().string();
  return std::pair(padded_numbers(a), a) < std::pair(padded_numbers(b), b);
}

}  // namespace

bool is_video(const fs::path& path) { return ends_as(path, kVideos); }

std::vector<fs::path> pictures_in(const fs::path& folder) {
  std::error_code error;
  fs::directory_iterator entries(folder, error);
  if (error) throw io_error(fmt::format("cannot read {}", folder.string()), error.value());
  std::vector<fs::path> pictures;
  for (const fs::directory_entry& entry : entries) {
    const bool hidden = entry.path().filename().string().starts_with('.');
    if (!hidden && ends_as(entry.path(), kPictures)) pictures.push_back(entry.path());
  }
  std::ranges::sort(pictures, before);
  return pictures;
}

ClipFrames::ClipFrames(const fs::path& path) {
  if (!fs::is_directory(path)) {
    video_.emplace(path);
    return;
  }
  pictures_ = pictures_in(path);
  if (pictures_.empty()) throw input_error("{}: holds no PNG or JPEG pictures", path.string());
}

std::optional<Frame> ClipFrames::next() {
  if (video_) return video_->next();
  if (next_ == pictures_.size()) return std::nullopt;
  const fs::path& picture = pictures_[next_++];
  auto frame = VideoReader(picture).next();
  if (!frame) throw input_error("cannot read {}: it holds no picture", picture.string());
  return frame;
}

std::int64_t count_frames(const fs::path& path) {
  ClipFrames frames(path);
  std::int64_t count = 0;
  while (frames.next()) ++count;
  if (count == 0) throw input_error("cannot read {}: it holds no frames", path.string());
  return count;
}

}  // namespace clipmill
