// The peak of a sum over accounts, and its split at that moment.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "vram/memory_account.h"

namespace clipmill {

/// What is held on an account now.
struct AccountBalance {
  MemoryAccount account;
  std::int64_t bytes = 0;
};

/// The split costs no copy of all accounts when the peak moves: what an account held at the peak is put aside
/// when it first changes afterwards. `balances` are the ledger's, by the account's id, and outlive the
/// record.
class PeakRecord {
 public:
  /// Sums the accounts of `owner` and those that are nobody's; all accounts where `owner` is empty.
  PeakRecord(const std::vector<AccountBalance>& balances, std::optional<int> owner);

  /// An account that held `held` now holds `change` more.
  void changed(const MemoryAccount& account, std::int64_t held, std::int64_t change);
  /// Begins anew with what is held now.
  void reset();

  bool counts(const MemoryAccount& account) const {
    return !owner_ || account.owner == *owner_ || account.owner == 0;
  }
  std::int64_t current() const { return current_; }
  std::int64_t peak() const { return peak_; }
  const BytesByCategory& by_category() const { return by_category_; }
  /// Accounts with bytes at the peak; they add up to peak() exactly.
  std::vector<AccountBalance> at_peak() const;

 private:
  struct Aside {
    std::int64_t bytes = 0;
    std::uint64_t peak = 0;  // the number of the peak at which the account held them
  };

  const std::vector<AccountBalance>& balances_;
  std::optional<int> owner_;
  std::vector<Aside> aside_;  // by the account's id
  std::uint64_t peaks_ = 1;   // the number of this peak
  std::int64_t current_ = 0, peak_ = 0;
  BytesByCategory by_category_;
};

}  // namespace clipmill
