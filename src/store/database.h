// One SQLite connection: opened, configured and closed; every failure is an Error that names the file.
#pragma once

#include <cstdint>
#include <string>

struct sqlite3;

namespace clipmill {

class Database {
 public:
  enum class Access { kOwner, kReader };

  /// Opens or creates `path` (":memory:" for none) in WAL mode, with every commit synced to the disk. A
  /// reader creates and changes nothing, and sees what is committed while an owner writes.
  explicit Database(std::string path, Access access = Access::kOwner);
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  sqlite3* handle() const { return handle_; }
  /// Runs statements that yield no rows.
  void execute(const std::string& sql);
  std::int64_t integer(const std::string& query) const;
  std::int64_t last_insert_id() const;
  /// Rows that the last statement changed.
  std::int64_t changes() const;
  /// Throws what SQLite reported last as Error(kIo).
  [[noreturn]] void fail() const;

 private:
  std::string path_;
  sqlite3* handle_ = nullptr;
};

}  // namespace clipmill
