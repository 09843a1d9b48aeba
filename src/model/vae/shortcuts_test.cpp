#include "model/vae/shortcuts.h"

#include <gtest/gtest.h>

namespace clipmill {
namespace {

TEST(DuplicateUp, IsAddedInPlaceAsMade) {
  const at::Tensor small = at::randn({1, 8, 3, 2, 5});
  for (const int factor_t : {1, 2}) {
    for (const bool first_chunk : {true, false}) {
      const at::Tensor up = duplicate_up(small, 4, factor_t, 2, first_chunk), x = at::randn_like(up);
      const at::Tensor expected = x + up;
      add_duplicated_(x, small, factor_t, 2, first_chunk);
      EXPECT_TRUE(at::equal(x, expected)) << factor_t << first_chunk;
    }
  }
}

}  // namespace
}  // namespace clipmill
