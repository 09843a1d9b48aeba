// All or nothing: what is not committed when the scope ends is rolled back.
#pragma once

#include "store/database.h"

namespace clipmill {

class Transaction {
 public:
  explicit Transaction(Database& database);
  ~Transaction();
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;

  /// Returns once the changes are on the disk.
  void commit();

 private:
  Database& database_;
  bool open_ = true;
};

}  // namespace clipmill
