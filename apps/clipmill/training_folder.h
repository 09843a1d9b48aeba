// The folder of a training run, as the command line sees it.
#pragma once

#include <filesystem>
#include <string>

#include "recipe/recipe.h"

namespace clipmill {

struct TrainingFolder {
  std::filesystem::path folder;

  std::filesystem::path state() const { return folder / ".training"; }  ///< of the worker, to go on from
  std::filesystem::path queue() const { return folder / ".clipmill"; }
  std::filesystem::path result() const { return folder / "training.json"; }  ///< written last

  /// No run takes the place of what it did not make. Throws Error(kInput).
  void check() const;
  /// Why what a finished run of `recipe` has left is no longer whole; empty: it is, or no run has finished.
  std::string damage(const TrainRecipe& recipe) const;
  /// Makes a finished run unfinished: it goes on from its saved states.
  void reopen() const;
  /// Begins anew. Throws Error(kInput) where a run is under way.
  void forget() const;

 private:
  bool began() const;
};

}  // namespace clipmill
