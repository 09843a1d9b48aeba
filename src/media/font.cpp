#include "media/font.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <map>

#include "base/error.h"

namespace clipmill {
namespace fs = std::filesystem;
namespace {

// In order of preference.
constexpr std::array<std::string_view, 7> kLatinFonts = {"DejaVuSans-Bold.ttf",
                                                         "DejaVuSans.ttf",
                                                         "LiberationSans-Bold.ttf",
                                                         "LiberationSans-Regular.ttf",
                                                         "NotoSans-Bold.ttf",
                                                         "NotoSans-Regular.ttf",
                                                         "FreeSans.ttf"};
constexpr std::array<std::string_view, 7> kChineseFonts = {
    "wqy-microhei.ttc",         "wqy-zenhei.ttc",         "NotoSansCJK-Bold.ttc",
    "NotoSansCJK-Regular.ttc",  "NotoSansSC-Regular.otf", "SourceHanSansSC-Regular.otf",
    "DroidSansFallbackFull.ttf"};

bool is_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

std::map<std::string, fs::path> files_below(const std::vector<fs::path>& folders) {
  std::map<std::string, fs::path> files;
  for (const fs::path& folder : folders) {
    std::error_code error;
    auto entry =
        fs::recursive_directory_iterator(folder, fs::directory_options::skip_permission_denied, error);
    for (; !error && entry != fs::recursive_directory_iterator(); entry.increment(error)) {
      files.try_emplace(entry->path().filename().string(), entry->path());
    }
  }
  return files;
}

}  // namespace

std::vector<fs::path> font_folders() {
  std::vector<fs::path> folders;
  if (const char* home = std::getenv("HOME")) {
    folders = {fs::path(home) / ".local/share/fonts", fs::path(home) / ".fonts"};
  }
  folders.insert(folders.end(), {"/usr/local/share/fonts", "/usr/share/fonts"});
  return folders;
}

fs::path find_font(std::string_view text, const std::vector<fs::path>& folders) {
  const auto files = files_below(folders);
  const bool latin = is_ascii(text);
  std::vector<std::string_view> names;
  if (latin) names.assign(kLatinFonts.begin(), kLatinFonts.end());
  names.insert(names.end(), kChineseFonts.begin(), kChineseFonts.end());
  for (const std::string_view name : names) {
    if (const auto found = files.find(std::string(name)); found != files.end()) return found->second;
  }
  throw Error(ErrorKind::kIo, fmt::format("no font found that can draw \"{}\"", text),
              latin ? "apt-get install fonts-dejavu-core" : "apt-get install fonts-wqy-microhei");
}

}  // namespace clipmill
