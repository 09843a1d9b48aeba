#include "serve/video_file.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/number.h"
#include "observe/base64.h"

namespace clipmill {
namespace {

constexpr std::string_view kFrom = ".from-";

}  // namespace

std::string name_of_key(std::string_view key) {
  std::string text = base64(key);
  std::ranges::replace(text, '/', '_');
  std::ranges::replace(text, '+', '-');
  return "key-" + text;
}

std::string video_file(const std::string& name, std::optional<JobId> remix_of) {
  return remix_of ? fmt::format("{}{}{}.mp4", name, kFrom, *remix_of) : name + ".mp4";
}

std::optional<JobId> remix_source(const std::filesystem::path& file) {
  const std::string stem = file.stem().string();
  const std::size_t from = stem.rfind(kFrom);
  return from == stem.npos ? std::nullopt
                           : number_in<JobId>(std::string_view(stem).substr(from + kFrom.size()));
}

}  // namespace clipmill
