// A disk whose power can be cut. What was not synced by then is applied, dropped or torn, each piece by
// itself: a write by sectors of 512 bytes, a name (created, renamed, removed) as a whole.
#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace clipmill {

/// A value: a copy is another disk with the same content. Functions return 0 or an errno. What changes the
/// disk counts as one operation, so that a fault can be put at each of them.
class SimulatedDisk {
 public:
  /// A file or folder, as an inode: it keeps its content over renames, and when it has no name.
  using Node = int;
  struct Status {
    bool folder = false;
    std::int64_t bytes = 0;
    double modified = 0;  ///< Unix seconds
  };
  static constexpr Node kRoot = 0;
  static constexpr std::int64_t kForever = std::numeric_limits<std::int64_t>::max();

  /// `wall_time`: Unix seconds, for the times of files.
  explicit SimulatedDisk(std::function<double()> wall_time);

  std::optional<Node> find(std::string_view path) const;
  Status status(Node node) const;
  /// At most `size` bytes.
  std::string read(Node node, std::int64_t offset, std::size_t size) const;
  /// The whole file; empty if there is none.
  std::string content(std::string_view path) const;
  /// Names in a folder.
  std::vector<std::string> names(std::string_view folder) const;

  int create(std::string_view path, Node& node);
  /// A file without a name.
  Node create_nameless();
  int make_folder(std::string_view path);
  int rename(std::string_view from, std::string_view to);
  int remove(std::string_view path);
  int write(Node node, std::int64_t offset, std::string_view bytes);
  int truncate(Node node, std::int64_t size);
  /// A file's content, or a folder's names.
  int sync(Node node);

  std::int64_t operations() const { return operations_; }
  /// Operation number `operation` has or has not happened when the power goes; all later ones fail with EIO.
  void cut_power_at(std::int64_t operation) { cut_at_ = operation; }
  bool power_is_cut() const { return operations_ > cut_at_; }
  /// Operations first ≤ n < last fail and change nothing: a full disk (ENOSPC), or a writer that dies.
  void refuse(std::int64_t first, std::int64_t last, int error) { refused_ = {first, last, error}; }
  void heal() { cut_at_ = kForever, refused_ = {}; }
  /// Decides what is left, which is synced then, and heals.
  void reboot(std::mt19937& random);

 private:
  struct Change {
    std::int64_t offset = 0;  ///< of a truncation: the size
    std::string bytes;
    bool truncates = false;
  };
  using Names = std::map<std::string, Node, std::less<>>;
  struct Inode {
    bool folder = false;
    std::string content, synced;
    std::vector<Change> unsynced;
    double modified = 0, synced_modified = 0;
    Names names, synced_names;
  };
  struct Refused {
    std::int64_t first = kForever, last = kForever;
    int error = 0;
  };
  /// Where a name is: the folder, and the name in it.
  struct Place {
    Inode* folder = nullptr;
    std::string name;
  };

  static void apply(std::string& content, const Change& change);
  static void tear(std::string& content, const Change& change, std::mt19937& random);
  static void settle(Inode& inode, std::mt19937& random);
  int counted(const std::function<void()>& effect, bool takes_space = true);
  Place place(std::string_view path);
  Node add(const Place& place, bool folder);

  std::function<double()> wall_time_;
  std::map<Node, Inode> nodes_;
  Node next_ = kRoot + 1;
  std::int64_t operations_ = 0, cut_at_ = kForever;
  Refused refused_;
};

}  // namespace clipmill
