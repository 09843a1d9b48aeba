#include "vram/peak_record.h"

namespace clipmill {

PeakRecord::PeakRecord(const std::vector<AccountBalance>& balances, std::optional<int> owner)
    : balances_(balances), owner_(owner) {
  for (const AccountBalance& balance : balances_) {
    if (counts(balance.account)) by_category_[balance.account.category] += balance.bytes;
  }
  current_ = peak_ = by_category_.total();
}

void PeakRecord::changed(const MemoryAccount& account, std::int64_t held, std::int64_t change) {
  if (!counts(account)) return;
  if (account.id >= aside_.size()) aside_.resize(account.id + 1);
  if (Aside& aside = aside_[account.id]; aside.peak != peaks_) aside = {held, peaks_};
  by_category_[account.category] += change;
  current_ += change;
  if (current_ <= peak_) return;
  peak_ = current_;
  ++peaks_;
}

void PeakRecord::reset() {
  peak_ = current_;
  ++peaks_;
}

std::vector<AccountBalance> PeakRecord::at_peak() const {
  std::vector<AccountBalance> split;
  for (std::size_t id = 0; id < balances_.size(); ++id) {
    const auto& [account, held] = balances_[id];
    const bool moved = id < aside_.size() && aside_[id].peak == peaks_;
    const std::int64_t bytes = moved ? aside_[id].bytes : held;
    if (bytes > 0 && counts(account)) split.push_back({account, bytes});
  }
  return split;
}

}  // namespace clipmill
