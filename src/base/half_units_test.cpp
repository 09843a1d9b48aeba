#include "base/half_units.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include "base/atomic_file.h"

namespace clipmill {
namespace {

namespace fs = std::filesystem;

TEST(HalfUnits, AreThereWithAllOfTheFlagsUnlessTorchIsToldOtherwise) {
  const fs::path root = fs::temp_directory_path() / ("clipmill-half-units-" + std::to_string(::getpid()));
  fs::create_directories(root / "proc");
  const auto flags = [&](const std::string& text) {
    write_file(root / "proc/cpuinfo", "processor\t: 0\nflags\t\t: fpu " + text + "\nbugs\t: none\n");
  };
  flags("fma avx2 avx512f avx512dq avx512bw avx512vl sha_ni");
  EXPECT_TRUE(has_half_units(root, nullptr));
  EXPECT_TRUE(has_half_units(root, "avx512"));
  EXPECT_FALSE(has_half_units(root, "avx2"));
  flags("fma avx2 avx512f avx512dq avx512bw");
  EXPECT_FALSE(has_half_units(root, nullptr));
  EXPECT_FALSE(has_half_units(root / "nowhere", nullptr));
  fs::remove_all(root);
}

}  // namespace
}  // namespace clipmill
