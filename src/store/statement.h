// One prepared statement of a Database.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "store/database.h"

struct sqlite3_stmt;

namespace clipmill {

/// The current row of a statement; columns count from 0. NULL reads as 0 or "".
class Row {
 public:
  explicit Row(sqlite3_stmt* statement) : statement_(statement) {}
  std::int64_t integer(int column) const;
  double real(int column) const;
  std::string text(int column) const;

 private:
  sqlite3_stmt* statement_;
};

/// Use: statement.bind(a, b).run(), or statement.bind(a).each([](const Row& row) {…}).
class Statement {
 public:
  Statement(const Database& database, std::string_view sql);
  ~Statement();
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;

  /// Sets ?1, ?2, … in order.
  template <typename... Values>
  Statement& bind(const Values&... values) {
    int index = 0;
    (bind_at(++index, values), ...);
    return *this;
  }
  void run() {
    each([](const Row&) {});
  }
  /// Calls `read` with each row. The statement is ready for its next use afterwards, also after an exception.
  void each(const std::function<void(const Row&)>& read);

 private:
  void bind_at(int index, std::int64_t value);
  void bind_at(int index, double value);
  void bind_at(int index, std::string_view value);
  void check(int code) const;

  const Database& database_;
  sqlite3_stmt* statement_ = nullptr;
};

}  // namespace clipmill
