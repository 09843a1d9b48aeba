#include "media/font.h"

#include <gmock/gmock.h>

#include "media/test_support.h"

namespace clipmill {
namespace {

using testing::HasSubstr;

TEST(Font, ChineseTextGetsAChineseFont) {
  TemporaryFolder folder;
  std::filesystem::create_directories(folder / "truetype");
  write_file(folder / "truetype/DejaVuSans.ttf", "");
  write_file(folder / "truetype/wqy-microhei.ttc", "");
  EXPECT_EQ(find_font("AI-generated", {folder.path()}).filename(), "DejaVuSans.ttf");
  EXPECT_EQ(find_font("AI生成", {folder.path()}).filename(), "wqy-microhei.ttc");
}

TEST(Font, AMissingOneNamesThePackage) {
  TemporaryFolder folder;
  auto [kind, message] = failure_of([&] { find_font("AI生成", {folder.path(), folder / "none"}); });
  EXPECT_EQ(kind, ErrorKind::kIo);
  EXPECT_THAT(message, HasSubstr("fonts-wqy-microhei"));
  EXPECT_THAT(failure_of([&] { find_font("AI", {folder.path()}); }).second, HasSubstr("fonts-dejavu-core"));
}

}  // namespace
}  // namespace clipmill
