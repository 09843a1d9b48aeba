#include "clipmill/input_stamps.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>
#include <string>

#include "base/file_stamp.h"
#include "base/fnv1a.h"
#include "core/job_fields.h"
#include "recipe/recipe_json.h"

namespace clipmill {
namespace fs = std::filesystem;
namespace {

/// Of a model, its index and what lies in the folders of its components.
std::set<fs::path> files_of(const fs::path& path) {
  if (!fs::is_directory(path)) return {path};
  std::set<fs::path> files = {path / "model_index.json"};
  for (const fs::directory_entry& component : fs::directory_iterator(path)) {
    if (!component.is_directory() || component.path().filename().string().starts_with('.')) continue;
    for (const fs::directory_entry& file : fs::directory_iterator(component)) files.insert(file.path());
  }
  return files;
}

std::string text_of(const std::set<fs::path>& files, const fs::path& path) {
  std::string text;
  for (const fs::path& file : files) {
    if (const auto stamp = stamp_of(file))
      text +=
          fmt::format("{} {} {}\n", file.lexically_relative(path).string(), stamp->bytes, stamp->modified);
  }
  return text;
}

/// The script and other files among a command's words: with another script it is another job.
std::string text_of(const CommandSpec& command) {
  std::string text;
  for (const std::string& word : command.words) {
    std::error_code no_path;
    const fs::path path = fs::path(command.working_folder) / word;
    if (fs::is_regular_file(path, no_path)) text += look_of(path);
  }
  return text;
}

/// Clips, folders of frames and captions; not what lies hidden, nor what the training itself makes.
std::set<fs::path> clips_of(const TrainRecipe& recipe) {
  std::set<fs::path> files;
  std::error_code unreadable;  // the worker tells of it
  constexpr auto kLinksToo = fs::directory_options::follow_directory_symlink;
  fs::recursive_directory_iterator entry(recipe.data.folder, kLinksToo, unreadable);
  for (; entry != fs::recursive_directory_iterator(); entry.increment(unreadable)) {
    const bool hidden = entry->path().filename().string().starts_with('.');
    if (hidden || entry.depth() > 0 || entry->path() == recipe.output) entry.disable_recursion_pending();
    if (!hidden && entry->is_regular_file(unreadable)) files.insert(entry->path());
  }
  return files;
}

std::string stamp(std::string_view text) {
  Fnv1a hash;
  hash.add(text);
  return fmt::format("{:016x}", hash.value());
}

/// Behind the stamp of its base; empty where it learns from no folder.
std::string stamp_of_clips(const JobSpec& job) {
  if (job.kind != JobKind::kTrain) return {};
  const TrainRecipe recipe = train_recipe_from(job.recipe);
  if (recipe.data.folder.empty()) return {};
  return " " + stamp(text_of(clips_of(recipe), recipe.data.folder));
}

bool reads(const JobField& field) {
  return field.use == FieldUse::kReads || field.use == FieldUse::kReadsEach;
}

}  // namespace

std::string look_of(const fs::path& path) { return text_of(files_of(path), path); }

void stamp_inputs(std::span<JobSpec> jobs) {
  std::map<std::string, std::string> known;  // hundreds of clips share a model
  for (JobSpec& job : jobs) {
    Fnv1a hash;
    for (const JobField& field : job_fields()) {
      if (!reads(field)) continue;
      for (const std::string& path : paths_in(field, job)) {
        const auto [found, added] = known.try_emplace(path);
        if (added) found->second = look_of(path);
        hash.add(fmt::format("{}\n{}", field.key, found->second));
      }
    }
    if (job.kind == JobKind::kCommand) hash.add(text_of(job.command));
    job.inputs = fmt::format("{:016x}", hash.value()) + stamp_of_clips(job);
  }
}

}  // namespace clipmill
