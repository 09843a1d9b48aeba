#include "manifest/toml_depth.h"

#include <gtest/gtest.h>

#include <string>

#include "manifest/toml_reader.h"

namespace clipmill {
namespace {

std::string repeated(std::string_view text, int times) {
  std::string all;
  for (int i = 0; i < times; ++i) all += text;
  return all;
}

TEST(TomlDepth, FindsKeysWithTooManyDots) {
  EXPECT_EQ(line_of_deep_key("a = 1\n" + repeated("a.", 16) + "a = 1"), 0);
  EXPECT_EQ(line_of_deep_key("a = 1\n" + repeated("a.", 17) + "a = 1"), 2);
  EXPECT_EQ(line_of_deep_key("\n\n[" + repeated("\"a\" . ", 17) + "a]"), 3);
  EXPECT_EQ(line_of_deep_key("x = {" + repeated("a.", 17) + "a = 1}"), 1);
}

TEST(TomlDepth, DotsInStringsAndCommentsDoNotCount) {
  const std::string dots(100, '.');
  EXPECT_EQ(line_of_deep_key("a = \"" + dots + "\""), 0);
  EXPECT_EQ(line_of_deep_key("a = \"\\\"" + dots + "\""), 0);
  EXPECT_EQ(line_of_deep_key("a = '" + dots + "\\' # " + dots), 0);
  EXPECT_EQ(line_of_deep_key("a = \"\"\"\n" + dots + "\n\"\"\"\nb = '''" + dots + "''' # " + dots), 0);
  EXPECT_EQ(line_of_deep_key("a = [" + repeated("1.5, ", 100) + "]"), 0);
  EXPECT_EQ(line_of_deep_key(repeated("a.b = 1.5\n", 100)), 0);
}

TEST(TomlDepth, NothingNestsDeepEnoughToOverflowTheStack) {
  constexpr int kDeep = 200'000;
  for (const std::string& text :
       {repeated("a.", kDeep) + "a = 1", "[" + repeated("a.", kDeep) + "a]", "x = " + repeated("[", kDeep),
        "x = " + repeated("{a = ", kDeep), "x = " + repeated("[{a.a = ", kDeep),
        "[[" + repeated("a.", kDeep) + "a]]"}) {
    EXPECT_FALSE(read_toml(text).problems.empty()) << text.substr(0, 20);
  }
}

}  // namespace
}  // namespace clipmill
