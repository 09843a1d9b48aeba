#include "mount.h"

#include <utility>

#include "simulated_vfs.h"

namespace clipmill {
namespace {

SimulatedDisk* mounted = nullptr;

}  // namespace

Mount::Mount(SimulatedDisk& disk) : before_(std::exchange(mounted, &disk)) { use_simulated_vfs(true); }

Mount::~Mount() {
  mounted = before_;
  use_simulated_vfs(mounted != nullptr);
}

SimulatedDisk* Mount::current() { return mounted; }

}  // namespace clipmill
