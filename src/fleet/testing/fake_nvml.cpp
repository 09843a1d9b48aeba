// The part of NVIDIA's management library that fleet/nvml.cpp calls, with two made-up GPUs; the second has
// fallen off the bus.
#include <cstdio>
#include <cstring>

extern "C" {

struct FakeMemory {
  unsigned long long total, free, used;
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
const char* nvmlErrorString(int code) { return code == 15 ? "GPU is lost" : "Unknown"; }

}  // extern "C"
