#include "checkpoint/find_models.h"

#include <algorithm>

#include "checkpoint/model_folder.h"

namespace clipmill {
namespace fs = std::filesystem;

std::vector<fs::path> find_models(const fs::path& path) {
  if (!fs::exists(path)) {
    throw Error(ErrorKind::kInput, fmt::format("{} does not exist", path.string()),
                "name a model folder, or one that holds some");
  }
  std::vector<fs::path> found;
  if (fs::is_directory(path) && !fs::exists(path / kModelIndex)) {
    for (const fs::directory_entry& entry : fs::directory_iterator(path)) {
      if (fs::exists(entry.path() / kModelIndex)) found.push_back(entry.path());
    }
  }
  if (found.empty()) return {path};
  std::ranges::sort(found);
  return found;
}

}  // namespace clipmill
