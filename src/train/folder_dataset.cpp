#include "train/folder_dataset.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <cstring>
#include <limits>
#include <optional>
#include <set>

#include "base/atomic_file.h"
#include "base/error.h"
#include "base/text.h"
#include "train/caption_table.h"
#include "train/clip_frames.h"
#include "train/content_hash.h"
#include "train/cut.h"

namespace clipmill {
namespace fs = std::filesystem;
namespace {

/// Names of what looks like clips, sorted.
std::vector<std::string> clips_in(const fs::path& folder) {
  if (!fs::is_directory(folder)) {
    throw Error(ErrorKind::kInput, fmt::format("data folder {} does not exist", folder.string()),
                "set data.folder to a folder of clips with captions, or data.world = \"shapes\"");
  }
  std::vector<std::string> names;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder)) {
    const std::string name = entry.path().filename().string();
    if (!name.starts_with('.') && (entry.is_directory() || is_video(entry.path()))) names.push_back(name);
  }
  std::ranges::sort(names);
  return names;
}

/// The file that may hold a clip's caption.
fs::path text_beside(const fs::path& clip) {
  if (fs::is_directory(clip)) return clip.string() + ".txt";
  return fs::path(clip).replace_extension(".txt");
}

/// `caption` as it is used: from the file beside the clip, else from the table.
std::string caption_of(const fs::path& clip, const CaptionTable& table) {
  const fs::path beside = text_beside(clip);
  return fs::exists(beside) ? std::string(trimmed(read_file(beside)))
                            : table.caption(clip.filename().string());
}

/// Prompts are cleaned in the same way before they are tokens, and a caption is a line of several files.
std::string on_one_line(std::string caption) {
  std::ranges::replace_if(
      caption, [](char c) { return c == '\n' || c == '\r'; }, ' ');
  return caption;
}

int shortest_of(const std::vector<Bucket>& buckets) {
  int frames = std::numeric_limits<int>::max();
  for (const Bucket& bucket : buckets) frames = std::min(frames, bucket.frames);
  return buckets.empty() ? 1 : frames;
}

/// A problem of this clip; memory and cancellation are nobody's fault here.
bool is_of_the_clip(const Error& error) {
  return error.kind() == ErrorKind::kInput || error.kind() == ErrorKind::kIo;
}

}  // namespace

FolderDataset::FolderDataset(fs::path folder, const std::vector<Bucket>& buckets, bool skip_broken)
    : folder_(std::move(folder)) {
  const auto names = clips_in(folder_);
  const CaptionTable table(folder_, problems_);
  for (const std::string& name : names) take(name, caption_of(folder_ / name, table), shortest_of(buckets));
  for (std::string& line : table.unknown(names)) problems_.push_back(std::move(line));
  if (!problems_.empty() && (!skip_broken || clips_.empty())) refuse();
  if (clips_.empty()) {
    throw Error(ErrorKind::kInput, fmt::format("data folder {} holds no clips", folder_.string()),
                "put videos (mp4, mov, mkv, webm, gif) or folders of PNG or JPEG frames into it");
  }
}

void FolderDataset::take(const std::string& name, std::string caption, int shortest) {
  const auto note = [&](std::string_view what) { problems_.push_back(fmt::format("{}: {}", name, what)); };
  try {
    const std::int64_t frames = count_frames(folder_ / name);
    if (frames < shortest)
      return note(fmt::format("has {} frames, the shortest bucket takes {}", frames, shortest));
    const std::string text_file = text_beside(folder_ / name).filename().string();
    if (caption.empty()) return note(fmt::format("no caption: write one into {}", text_file));
    if (!is_utf8(caption)) return note("its caption is not UTF-8");
    Fnv1a content;
    add_clip(content, folder_ / name);
    clips_.push_back({name, on_one_line(std::move(caption)), frames, content.value()});
  } catch (const Error& error) {
    if (!is_of_the_clip(error)) throw;
    note(error.what());
  }
}

void FolderDataset::refuse() const {
  throw Error(ErrorKind::kInput,
              fmt::format("data folder {}: {} cannot be used:\n  {}", folder_.string(),
                          problems_.size() == 1 ? "1 thing" : fmt::format("{} things", problems_.size()),
                          fmt::join(problems_, "\n  ")),
              clips_.empty() ? "no clip is left"
                             : "repair or remove them; data.broken = \"skip\" trains without them");
}

TrainingClip FolderDataset::varied_clip(std::int64_t index, const Bucket& bucket) const {
  const Clip& clip = clips_[static_cast<std::size_t>(index % size())];
  const auto wanted = chosen_frames(clip.frames, bucket.frames, index);
  at::Tensor pixels = at::empty({bucket.frames, bucket.height, bucket.width, 3}, at::kByte);
  ClipFrames frames(folder_ / clip.name);
  std::int64_t number = -1;
  Frame picture;
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    for (std::optional<Frame> frame; number < wanted[i]; ++number) {
      frame = frames.next();
      if (!frame) throw input_error("{}: has become shorter", (folder_ / clip.name).string());
      if (number + 1 == wanted[i]) picture = covering(*frame, bucket.width, bucket.height);
    }
    std::memcpy(pixels[static_cast<std::int64_t>(i)].mutable_data_ptr(), picture.rgb.data(),
                picture.rgb.size());
  }
  return {pixels, clip.caption};
}

std::string FolderDataset::identity() const {
  Fnv1a all;
  for (const Clip& clip : clips_)
    all.add(fmt::format("{}\n{}\n{}\n{:016x}\n", clip.name, clip.caption, clip.frames, clip.content));
  return fmt::format("{} clips, {:016x}", clips_.size(), all.value());
}

std::vector<std::string> FolderDataset::captions() const {
  std::set<std::string> captions;
  for (const Clip& clip : clips_) captions.insert(clip.caption);
  return {captions.begin(), captions.end()};
}

}  // namespace clipmill
