#include "vram/memory_usage.h"

#include <fmt/format.h>

#include "base/units.h"

namespace clipmill {
namespace {

std::string describe_owner(const AccountUsage& account) {
  if (account.owner == 0) return "nobody's";
  if (account.job.empty()) return fmt::format("lane {}", account.owner);
  return fmt::format("lane {}: {}", account.owner, account.job);
}

}  // namespace

BytesByCategory by_category(const std::vector<AccountUsage>& accounts) {
  BytesByCategory sum;
  for (const AccountUsage& account : accounts) sum[account.category] += account.bytes;
  return sum;
}

std::string describe(const std::vector<AccountUsage>& accounts, std::size_t most) {
  std::string text;
  for (const AccountUsage& account : accounts) {
    if (most-- == 0) break;
    text += fmt::format("{}{} {} ({}, {})", text.empty() ? "" : ", ", format_bytes(account.bytes),
                        account.path.empty() ? "outside of any scope" : account.path,
                        to_string(account.category), describe_owner(account));
  }
  return text;
}

}  // namespace clipmill
