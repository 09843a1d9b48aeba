#include "simulated_disk.h"

#include <algorithm>
#include <cerrno>

namespace clipmill {
namespace {

constexpr std::int64_t kSector = 512;

bool flip(std::mt19937& random) { return random() % 2 == 0; }

}  // namespace

SimulatedDisk::SimulatedDisk(std::function<double()> wall_time) : wall_time_(std::move(wall_time)) {
  nodes_[kRoot].folder = true;
}

std::optional<SimulatedDisk::Node> SimulatedDisk::find(std::string_view path) const {
  Node node = kRoot;
  while (!path.empty()) {
    const auto end = std::min(path.find('/'), path.size());
    if (end > 0) {
      const Names& names = nodes_.at(node).names;
      const auto found = names.find(path.substr(0, end));
      if (found == names.end()) return std::nullopt;
      node = found->second;
    }
    path.remove_prefix(std::min(end + 1, path.size()));
  }
  return node;
}

SimulatedDisk::Status SimulatedDisk::status(Node node) const {
  const Inode& inode = nodes_.at(node);
  return {inode.folder, static_cast<std::int64_t>(inode.content.size()), inode.modified};
}

std::string SimulatedDisk::read(Node node, std::int64_t offset, std::size_t size) const {
  const std::string& content = nodes_.at(node).content;
  return content.substr(std::min(static_cast<std::size_t>(offset), content.size()), size);
}

std::string SimulatedDisk::content(std::string_view path) const {
  const auto node = find(path);
  return node ? nodes_.at(*node).content : "";
}

std::vector<std::string> SimulatedDisk::names(std::string_view folder) const {
  std::vector<std::string> names;
  if (const auto node = find(folder)) {
    for (const auto& [name, inode] : nodes_.at(*node).names) names.push_back(name);
  }
  return names;
}

SimulatedDisk::Place SimulatedDisk::place(std::string_view path) {
  const auto slash = path.rfind('/');
  const auto folder = find(path.substr(0, slash));
  if (!folder || !nodes_.at(*folder).folder) return {};
  return {&nodes_.at(*folder), std::string(path.substr(slash + 1))};
}

SimulatedDisk::Node SimulatedDisk::add(const Place& place, bool folder) {
  const Node node = next_++;
  nodes_[node].folder = folder;
  nodes_[node].modified = wall_time_();
  place.folder->names[place.name] = node;
  return node;
}

/// At the cut it is open how far the operation came: it happens, unsynced, and the reboot decides.
int SimulatedDisk::counted(const std::function<void()>& effect, bool takes_space) {
  const std::int64_t number = operations_++;
  const bool refused = number >= refused_.first && number < refused_.last;
  if (refused && (takes_space || refused_.error != ENOSPC)) return refused_.error;
  if (number <= cut_at_) effect();
  return number < cut_at_ ? 0 : EIO;
}

int SimulatedDisk::create(std::string_view path, Node& node) {
  const Place where = place(path);
  if (!where.folder) return ENOENT;
  return counted([&] { node = add(where, false); });
}

SimulatedDisk::Node SimulatedDisk::create_nameless() {
  const Node node = next_++;
  nodes_[node] = {};
  return node;
}

int SimulatedDisk::make_folder(std::string_view path) {
  if (find(path)) return EEXIST;
  const Place where = place(path);
  if (!where.folder) return ENOENT;
  return counted([&] { add(where, true); });
}

int SimulatedDisk::rename(std::string_view from, std::string_view to) {
  const auto node = find(from);
  const Place before = place(from), after = place(to);
  if (!node || !before.folder || !after.folder) return ENOENT;
  return counted([&] {
    before.folder->names.erase(before.name);
    after.folder->names[after.name] = *node;
  });
}

int SimulatedDisk::remove(std::string_view path) {
  const Place where = place(path);
  if (!where.folder || !where.folder->names.contains(where.name)) return ENOENT;
  return counted([&] { where.folder->names.erase(where.name); }, false);
}

void SimulatedDisk::apply(std::string& content, const Change& change) {
  const auto offset = static_cast<std::size_t>(change.offset);
  if (change.truncates) return content.resize(offset);
  if (content.size() < offset + change.bytes.size()) content.resize(offset + change.bytes.size());
  content.replace(offset, change.bytes.size(), change.bytes);
}

int SimulatedDisk::write(Node node, std::int64_t offset, std::string_view bytes) {
  Inode& inode = nodes_.at(node);
  return counted([&] {
    inode.unsynced.push_back({offset, std::string(bytes)});
    inode.modified = wall_time_();
    apply(inode.content, inode.unsynced.back());
  });
}

int SimulatedDisk::truncate(Node node, std::int64_t size) {
  Inode& inode = nodes_.at(node);
  return counted([&] {
    inode.unsynced.push_back({size, {}, true});
    inode.modified = wall_time_();
    apply(inode.content, inode.unsynced.back());
  });
}

int SimulatedDisk::sync(Node node) {
  Inode& inode = nodes_.at(node);
  const int error = counted([] {});
  if (error != 0) return error;
  for (const Change& change : inode.unsynced) apply(inode.synced, change);
  inode.unsynced.clear();
  inode.synced_modified = inode.modified;
  inode.synced_names = inode.names;
  return 0;
}

/// The sectors before or behind a random one.
void SimulatedDisk::tear(std::string& content, const Change& change, std::mt19937& random) {
  const auto size = static_cast<std::int64_t>(change.bytes.size());
  const std::int64_t first = change.offset / kSector, last = (change.offset + size - 1) / kSector;
  const std::int64_t at =
      (first + 1 + static_cast<std::int64_t>(random() % std::max<std::uint64_t>(last - first, 1))) * kSector;
  const std::int64_t cut = std::clamp<std::int64_t>(at - change.offset, 0, size);
  const bool prefix = flip(random);
  const auto begin = static_cast<std::size_t>(prefix ? 0 : cut),
             end = static_cast<std::size_t>(prefix ? cut : size);
  apply(content, {change.offset + static_cast<std::int64_t>(begin), change.bytes.substr(begin, end - begin)});
}

void SimulatedDisk::settle(Inode& inode, std::mt19937& random) {
  for (const Change& change : inode.unsynced) {
    const auto fate = random() % 3;
    if (fate == 0) apply(inode.synced, change);
    if (fate == 1 && !change.bytes.empty()) tear(inode.synced, change, random);
  }
  if (flip(random)) inode.synced_modified = inode.modified;
  inode.unsynced.clear();
  inode.content = inode.synced;
  inode.modified = inode.synced_modified;
  Names either = inode.names;
  either.insert(inode.synced_names.begin(), inode.synced_names.end());
  for (const auto& [name, node] : either) {
    const Names& kept = flip(random) ? inode.names : inode.synced_names;
    const auto found = kept.find(name);
    const std::optional<Node> chosen = found == kept.end() ? std::nullopt : std::optional(found->second);
    inode.names.erase(name);
    inode.synced_names.erase(name);
    if (chosen) inode.names[name] = inode.synced_names[name] = *chosen;
  }
}

void SimulatedDisk::reboot(std::mt19937& random) {
  for (auto& [node, inode] : nodes_) settle(inode, random);
  heal();
}

}  // namespace clipmill
