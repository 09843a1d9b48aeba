#include "train/open_dataset.h"

#include "base/error.h"
#include "train/folder_dataset.h"
#include "train/shapes_dataset.h"

namespace clipmill {

std::unique_ptr<Dataset> open_dataset(const DataRecipe& recipe, std::uint64_t seed,
                                      std::vector<std::string>* skipped) {
  if (recipe.world.empty() == recipe.folder.empty()) {
    throw Error(ErrorKind::kInput, "the training needs either data.world or data.folder",
                "data.world = \"shapes\", or data.folder = \"my-clips\"");
  }
  if (recipe.world == "shapes") return std::make_unique<ShapesDataset>(recipe.clips, seed);
  if (!recipe.world.empty())
    throw input_error("data.world: \"{}\" is not known: only \"shapes\" is", recipe.world);
  auto dataset = std::make_unique<FolderDataset>(recipe.folder, recipe.buckets, recipe.skip_broken);
  if (skipped) skipped->insert(skipped->end(), dataset->skipped().begin(), dataset->skipped().end());
  return dataset;
}

}  // namespace clipmill
