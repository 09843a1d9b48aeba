// The part of NVIDIA's management library that command/nvml_memory_probe.cpp calls: GPU 0 with a hundred
// processes, of which 4242 holds 3 GiB, 4243 holds 1 GiB and 4244 does not tell; no other GPU.
#include <cstddef>

extern "C" {

struct FakeProcess {
  unsigned pid;
  unsigned long long used_bytes;
  unsigned gpu_instance, compute_instance;
};

int nvmlInit_v2() { return 0; }
int nvmlShutdown() { return 0; }
int nvmlDeviceGetHandleByIndex_v2(unsigned index, void** handle) {
  static int device;
  *handle = &device;
  return index == 0 ? 0 : 2;
}
int nvmlDeviceGetComputeRunningProcesses_v3(void*, unsigned* count, FakeProcess* processes) {
  constexpr unsigned kProcesses = 100;
  const bool room = *count >= kProcesses;
  *count = kProcesses;
  if (!room) return 7;
  for (unsigned i = 0; i < kProcesses; ++i) processes[i] = {1000 + i, 5ull << 30, 0, 0};
  processes[97] = {4242, 3ull << 30, 0, 0};
  processes[98] = {4243, 1ull << 30, 0, 0};
  processes[99] = {4244, ~0ull, 0, 0};
  return 0;
}

}  // extern "C"
