// The part of NVIDIA's management library that sensors/nvml.cpp calls, with two made-up GPUs. The first has a
// hundred processes, of which 4242 holds 3 GiB, 4243 holds 1 GiB, 4244 does not tell, and the others hold 5
// GiB each, the first of them being the process that CLIPMILL_FAKE_NVML_PID names; the second GPU has fallen
// off the bus. The first is busy for 37 % of the time, takes 412.5 W at 81 °C, and is slowed by heat (bit
// 0x20), beside a power cap (0x04), which is none of its troubles; it tells nothing of its memory's errors.
#include <cstdio>
#include <cstdlib>
#include <cstring>

extern "C" {

struct FakeMemory {
  unsigned long long total, free, used;
};
struct FakeProcess {
  unsigned pid;
  unsigned long long used_bytes;
  unsigned gpu_instance, compute_instance;
};

int nvmlInit_v2() { return 0; }
int nvmlShutdown() { return 0; }
int nvmlDeviceGetCount_v2(unsigned* count) {
  *count = 2;
  return 0;
}
int nvmlDeviceGetHandleByIndex_v2(unsigned index, void** handle) {
  static int devices[2];
  *handle = &devices[index];
  return index == 0 ? 0 : 15;
}
int nvmlDeviceGetName(void*, char* name, unsigned size) {
  std::snprintf(name, size, "Fake GPU 24GB");
  return 0;
}
int nvmlDeviceGetMemoryInfo(void*, FakeMemory* memory) {
  *memory = {24ull << 30, 20ull << 30, 4ull << 30};
  return 0;
}
int nvmlDeviceGetComputeRunningProcesses_v3(void*, unsigned* count, FakeProcess* processes) {
  constexpr unsigned kProcesses = 100;
  const bool room = *count >= kProcesses;
  *count = kProcesses;
  if (!room) return 7;
  for (unsigned i = 0; i < kProcesses; ++i) processes[i] = {1000 + i, 5ull << 30, 0, 0};
  if (const char* pid = std::getenv("CLIPMILL_FAKE_NVML_PID"))
    processes[0].pid = static_cast<unsigned>(std::atoi(pid));
  processes[97] = {4242, 3ull << 30, 0, 0};
  processes[98] = {4243, 1ull << 30, 0, 0};
  processes[99] = {4244, ~0ull, 0, 0};
  return 0;
}
int nvmlDeviceGetUtilizationRates(void*, unsigned* gpu_and_memory) {
  gpu_and_memory[0] = 37;
  gpu_and_memory[1] = 90;
  return 0;
}
int nvmlDeviceGetPowerUsage(void*, unsigned* milliwatts) {
  *milliwatts = 412500;
  return 0;
}
int nvmlDeviceGetTemperature(void*, int, unsigned* celsius) {
  *celsius = 81;
  return 0;
}
int nvmlDeviceGetCurrentClocksThrottleReasons(void*, unsigned long long* bits) {
  *bits = 0x24;
  return 0;
}
const char* nvmlErrorString(int code) { return code == 15 ? "GPU is lost" : "Unknown"; }

}  // extern "C"
