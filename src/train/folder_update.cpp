#include "train/folder_update.h"

#include <cerrno>
#include <cstdio>

#include "base/atomic_file.h"
#include "base/error.h"

namespace clipmill {
namespace fs = std::filesystem;
namespace {

void remove_entry(const fs::path& entry) {
  std::error_code error;
  fs::remove_all(entry, error);
  if (error) throw io_error(fmt::format("cannot replace {}", entry.string()), error.value());
}

/// A folder cannot be renamed over another one that holds something.
void put_in_place(const fs::path& made, const fs::path& place) {
  remove_entry(place);
  if (std::rename(made.c_str(), place.c_str()) != 0)
    throw io_error(fmt::format("cannot write {}", place.string()), errno);
}

std::vector<fs::path> entries_but(const std::string& seal, const fs::path& folder) {
  std::vector<fs::path> entries;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder)) {
    if (entry.path().filename() != seal) entries.push_back(entry.path());
  }
  return entries;
}

void break_seal(const fs::path& folder, const FolderParts& parts) {
  remove_entry(folder / parts.seal);
  sync_names(folder);
  for (const std::string& name : parts.obsolete) remove_entry(folder / name);
}

}  // namespace

FolderUpdate::FolderUpdate(fs::path folder, FolderParts parts)
    : folder_(std::move(folder)), building_(folder_ / (parts.staging + ".part")), parts_(std::move(parts)) {
  remove_entry(building_);  // of a process that was killed
  create_folders(building_);
}

FolderUpdate::~FolderUpdate() {
  std::error_code ignored;
  fs::remove_all(building_, ignored);
  fs::remove(building_.parent_path(), ignored);  // where it is empty
}

void FolderUpdate::commit() {
  put_in_place(building_, folder_ / parts_.staging);
  sync_names(building_.parent_path());
  complete_update(folder_, parts_);
}

void complete_update(const fs::path& folder, const FolderParts& parts) {
  const fs::path made = folder / parts.staging;
  if (!fs::exists(made)) return;
  const bool sealed = fs::exists(made / parts.seal);
  if (sealed) break_seal(folder, parts);
  for (const fs::path& entry : entries_but(parts.seal, made)) put_in_place(entry, folder / entry.filename());
  sync_names(folder);
  if (sealed) put_in_place(made / parts.seal, folder / parts.seal);
  sync_names(folder);
  remove_entry(made);
}

}  // namespace clipmill
