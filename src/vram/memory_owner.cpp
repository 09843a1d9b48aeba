#include "vram/memory_owner.h"

#include "vram/memory_accounts.h"

namespace clipmill {

MemoryOwner::MemoryOwner(int lane, std::string job)
    : lane_(lane), scope_(MemoryAccounts::instance().of_owner(lane)) {
  MemoryAccounts::instance().set_job(lane, std::move(job));
}

MemoryOwner::~MemoryOwner() { MemoryAccounts::instance().set_job(lane_, ""); }

}  // namespace clipmill
