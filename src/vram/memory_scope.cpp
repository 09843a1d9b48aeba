#include "vram/memory_scope.h"

#include "vram/memory_accounts.h"

namespace clipmill {
namespace {

thread_local MemoryAccount t_account;

}  // namespace

MemoryScope::MemoryScope(std::string_view name)
    : MemoryScope(MemoryAccounts::instance().inside(t_account, t_account.category, name)) {}

MemoryScope::MemoryScope(std::string_view name, int index)
    : MemoryScope(MemoryAccounts::instance().inside(t_account, t_account.category, name, index)) {}

MemoryScope::MemoryScope(MemoryCategory category, std::string_view name)
    : MemoryScope(MemoryAccounts::instance().inside(t_account, category, name)) {}

MemoryScope::MemoryScope(const MemoryAccount& account) : outer_(t_account) { t_account = account; }

MemoryScope::~MemoryScope() { t_account = outer_; }

MemoryAccount MemoryScope::current() { return t_account; }

}  // namespace clipmill
