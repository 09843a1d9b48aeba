#include "vram/leak_finder.h"

#include <fmt/format.h>

#include <array>
#include <nlohmann/json.hpp>

#include "base/units.h"
#include "vram/memory_accounts.h"
#include "vram/memory_scope.h"

namespace clipmill {
namespace {

/// What lies between every allocation and the code that caused it.
bool is_allocator(const StackFrame& frame) {
  static constexpr std::array<std::string_view, 6> kPrefixes = {"clipmill::current_call_stack",
                                                                "clipmill::Ledger::",
                                                                "clipmill::CountingAllocator::",
                                                                "clipmill::(anonymous namespace)::reserve",
                                                                "c10::",
                                                                "at::detail::"};
  return std::ranges::any_of(kPrefixes,
                             [&](std::string_view prefix) { return frame.function.starts_with(prefix); });
}

std::vector<StackFrame> callers(const CallStack& stack) {
  std::vector<StackFrame> frames = symbolize(stack);
  frames.erase(frames.begin(), std::ranges::find_if_not(frames, is_allocator));
  return frames;
}

Leak nothing_yet(const LiveBlock& block) {
  return {0,
          0,
          block.account.owner,
          block.account.category,
          MemoryAccounts::instance().path(block.account),
          block.stack};
}

}  // namespace

LeakFinder::LeakFinder(const Ledger& ledger)
    : ledger_(ledger), lane_(MemoryScope::current().owner), mark_(ledger.mark()) {}

std::vector<Leak> LeakFinder::find(const ResidentBlocks& resident, bool of_nobody) const {
  const auto is_ours = [&](const MemoryAccount& account) {
    return account.owner == lane_ || (of_nobody && account.owner == 0);
  };
  std::map<std::pair<std::uint32_t, CallStack>, Leak> groups;
  for (const LiveBlock& block : ledger_.blocks_since(mark_)) {
    if (!is_ours(block.account) || resident.contains(block.data)) continue;
    Leak& leak = groups.try_emplace({block.account.id, block.stack}, nothing_yet(block)).first->second;
    leak.bytes += block.bytes;
    ++leak.blocks;
  }
  std::vector<Leak> leaks;
  for (auto& [group, leak] : groups) leaks.push_back(std::move(leak));
  std::ranges::stable_sort(leaks, std::greater(), &Leak::bytes);
  return leaks;
}

std::string place_of(const Leak& leak) {
  std::string text = fmt::format("{} of {} in {}", to_string(leak.category),
                                 leak.lane == 0 ? "nobody" : fmt::format("lane {}", leak.lane),
                                 leak.path.empty() ? "no scope" : leak.path);
  for (const auto& [function, location] : callers(leak.stack))
    text += fmt::format("\n  {}{}{}", function, location.empty() ? "" : "  ", location);
  return text;
}

std::string describe(const Leak& leak) {
  return fmt::format("size={}, count={}, average={}: {}", format_bytes(leak.bytes), leak.blocks,
                     format_bytes(leak.bytes / leak.blocks), place_of(leak));
}

void to_json(nlohmann::json& json, const Leak& leak) {
  json = {{"bytes", leak.bytes}, {"blocks", leak.blocks},
          {"lane", leak.lane},   {"category", to_string(leak.category)},
          {"scope", leak.path},  {"stack", nlohmann::json::array()}};
  for (const auto& [function, location] : callers(leak.stack))
    json["stack"].push_back({{"function", function}, {"location", location}});
}

}  // namespace clipmill
