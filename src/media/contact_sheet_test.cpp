#include "media/contact_sheet.h"

#include "media/test_support.h"

namespace clipmill {
namespace {

Frame sheet_of(int frames, int stills) {
  ContactSheet sheet(frames, stills, 32, 32);
  for (int i = 0; i < frames; ++i) sheet.add(solid(64, 64, {level_of(i), 0, 0}));
  return sheet.finish();
}

TEST(ContactSheet, ShowsTheFirstTheLastAndEvenlyBetween) {
  const Frame sheet = sheet_of(17, 5);
  ASSERT_EQ(sheet.width, 5 * 32 + 4 * 2);
  ASSERT_EQ(sheet.height, 32);
  for (int cell = 0; cell < 5; ++cell)
    expect_colour(sheet, cell * 34 + 16, 16, {level_of(cell * 4), 0, 0}, 2);
  expect_colour(sheet, 33, 16, {0, 0, 0}, 0);
}

TEST(ContactSheet, AShortClipHasFewerCells) {
  EXPECT_EQ(sheet_of(1, 5).width, 32);
  EXPECT_EQ(sheet_of(3, 5).width, 3 * 32 + 2 * 2);
}

TEST(ContactSheet, ATallPictureKeepsItsShape) {
  ContactSheet sheet(1, 1, 32, 32);
  sheet.add(solid(20, 40, {255, 255, 255}));
  const Frame row = sheet.finish();
  expect_colour(row, 4, 16, {0, 0, 0}, 1);
  expect_colour(row, 16, 1, {255, 255, 255}, 2);
}

}  // namespace
}  // namespace clipmill
