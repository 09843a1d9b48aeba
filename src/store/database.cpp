#include "store/database.h"

#include <sqlite3.h>

#include "base/error.h"
#include "store/statement.h"

namespace clipmill {
namespace {

constexpr int kBusyMilliseconds = 5000;  // a backup or a curious sqlite3 shell may hold the file for a moment

}  // namespace

Database::Database(std::string path, Access access) : path_(std::move(path)) {
  const bool owner = access == Access::kOwner;
  const int flags = owner ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE : SQLITE_OPEN_READONLY;
  const int code = sqlite3_open_v2(path_.c_str(), &handle_, flags, nullptr);
  try {
    if (code != SQLITE_OK) fail();
    sqlite3_extended_result_codes(handle_, 1);
    sqlite3_busy_timeout(handle_, kBusyMilliseconds);
    if (owner) execute("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;");
  } catch (...) {
    sqlite3_close_v2(handle_);
    throw;
  }
}

Database::~Database() { sqlite3_close_v2(handle_); }

void Database::execute(const std::string& sql) {
  if (sqlite3_exec(handle_, sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) fail();
}

std::int64_t Database::integer(const std::string& query) const {
  std::int64_t value = 0;
  Statement(*this, query).each([&](const Row& row) { value = row.integer(0); });
  return value;
}

std::int64_t Database::last_insert_id() const { return sqlite3_last_insert_rowid(handle_); }
std::int64_t Database::changes() const { return sqlite3_changes64(handle_); }

void Database::fail() const {
  const int code = handle_ ? sqlite3_extended_errcode(handle_) : SQLITE_NOMEM;
  const char* reason = handle_ ? sqlite3_errmsg(handle_) : "out of memory";
  // A full disk may also show where the shared memory beside the database cannot grow.
  const bool full = (code & 0xFF) == SQLITE_FULL || code == SQLITE_IOERR_SHMSIZE;
  const char* hint = full ? "free some disk space, then run again: nothing is lost" : "";
  throw Error(ErrorKind::kIo, fmt::format("{}: {} (SQLite code {})", path_, reason, code), hint);
}

}  // namespace clipmill
