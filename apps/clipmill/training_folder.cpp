#include "clipmill/training_folder.h"

#include <fmt/format.h>

#include <array>

#include "base/error.h"
#include "base/file_lock.h"
#include "checkpoint/layout.h"
#include "checkpoint/model_folder.h"
#include "checkpoint/safetensors.h"
#include "recipe/product.h"

namespace clipmill {
namespace fs = std::filesystem;
namespace {

/// What a finished run puts into its folder in the place of what had the name.
constexpr std::array kMade = {kModelIndex,   "scheduler", "text_encoder", "tokenizer",
                              "transformer", "vae",       kLoraFile};

void check_vae(const fs::path& folder) {
  const VaeConfig config = VaeConfig::read(folder / "config.json");
  check_layout(TensorSource::open(folder, "diffusion_pytorch_model"), vae_layout(config), "vae");
}

void check_whole(Product product, const fs::path& folder) {
  switch (product) {
    case Product::kModel:
      (void)ModelFolder::open(folder);
      return;
    case Product::kVae:
      return check_vae(folder / "vae");
    case Product::kLora:
      (void)SafetensorsFile(folder / kLoraFile);
      return;
  }
}

}  // namespace

/// Not by its result alone: a finished model that was copied brings one along. Nor by a queue alone: other
/// commands keep theirs in the folder that they work in.
bool TrainingFolder::began() const {
  return fs::exists(state()) || (fs::exists(queue()) && fs::exists(result()));
}

void TrainingFolder::check() const {
  if (began()) return;
  for (const char* name : kMade) {
    if (!fs::exists(folder / name)) continue;
    throw Error(ErrorKind::kInput,
                fmt::format("{} holds {} that this run did not make: {}", folder.string(),
                            name == std::string_view(kModelIndex) ? "a model" : "part of one", name),
                "give another --output");
  }
}

std::string TrainingFolder::damage(const TrainRecipe& recipe) const try {
  if (fs::exists(result())) check_whole(product_of(recipe), folder);
  return {};
} catch (const std::exception& error) {
  return error.what();
}

void TrainingFolder::reopen() const { fs::remove(result()); }

void TrainingFolder::forget() const {
  const FileLock queued(queue() / "jobs.db"), running(state() / "run");
  fs::remove(result());
  fs::remove_all(state());
  fs::create_directory(state());  // it is still this run's folder
}

}  // namespace clipmill
