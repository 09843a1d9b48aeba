#include "base/text.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <array>

namespace clipmill {
namespace {

constexpr std::array<std::string_view, 4> kKeys = {"frames", "fps", "guidance", "flow_shift"};

TEST(Nearest, FindsASlipOfThePen) {
  EXPECT_EQ(nearest("fames", kKeys), "frames");
  EXPECT_EQ(nearest("guidence", kKeys), "guidance");
  EXPECT_EQ(nearest("flowshift", kKeys), "flow_shift");
  EXPECT_EQ(nearest("fps", kKeys), "fps");
}

TEST(Nearest, SaysNothingOfWhatIsFarAway) {
  EXPECT_EQ(nearest("colour", kKeys), "");
  EXPECT_EQ(nearest("", kKeys), "");
  EXPECT_EQ(nearest("frames", {}), "");
  EXPECT_EQ(nearest(std::string(1'000'000, 'f'), kKeys), "");
}

TEST(Shorten, LeavesShortTextsAlone) {
  EXPECT_EQ(shorten("abc", 3), "abc");
  EXPECT_EQ(shorten("", 0), "");
}

TEST(Shorten, CutsBetweenCharacters) {
  EXPECT_EQ(shorten("abcdefgh", 6), "abc…");
  EXPECT_EQ(shorten("生成生成", 8), "生…");
}

RC_GTEST_PROP(Shorten, StaysWithinTheLimitAndValid, (std::vector<bool> wide)) {
  std::string text;
  for (const bool one : wide) text += one ? "生" : "a";
  const auto limit = *rc::gen::inRange<std::size_t>(3, 40);
  const std::string cut = shorten(text, limit);
  RC_ASSERT(cut.size() <= limit);
  RC_ASSERT(is_utf8(cut));
}

TEST(Utf8, AcceptsWhatIsWellFormed) {
  for (const char* text : {"", "plain", "é", "AI生成", "🎬", "\xEF\xBF\xBF", "\xF4\x8F\xBF\xBF"})
    EXPECT_TRUE(is_utf8(text));
}

TEST(Utf8, RefusesWhatIsNot) {
  for (const char* text :
       {"\x80", "\xC3", "\xC3(", "\xC0\xAF", "\xC1\xBF", "\xE0\x80\xAF", "\xED\xA0\x80", "\xE7\x94",
        "\xF0\x80\x80\xAF", "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xFF", "ok\xFE"}) {
    EXPECT_FALSE(is_utf8(text)) << testing::PrintToString(std::string(text));
  }
}

TEST(Slug, KeepsLettersAndDigitsOfAnyScript) {
  EXPECT_EQ(slug("A red Circle, moving LEFT!"), "a-red-circle-moving-left");
  EXPECT_EQ(slug("一只猫 在跑"), "一只猫-在跑");
  EXPECT_EQ(slug("..//../etc/passwd"), "etc-passwd");
  EXPECT_EQ(slug("?!"), "clip");
  EXPECT_EQ(slug(""), "clip");
  EXPECT_EQ(slug("abc def", 4), "abc");
}

RC_GTEST_PROP(Slug, IsASafeFileName, (const std::string& text)) {
  const std::string name = slug(text);
  RC_ASSERT(!name.empty());
  RC_ASSERT(name.size() <= 48u);
  RC_ASSERT(name.find_first_of("/.\\ \n") == std::string::npos);
  RC_ASSERT(name.find('\0') == std::string::npos);
  RC_ASSERT(name.front() != '-');
  RC_ASSERT(name.back() != '-');
}

TEST(Trimmed, TakesWhiteSpaceFromTheEndsOnly) {
  EXPECT_EQ(trimmed(" \t a  b\r\n"), "a  b");
  EXPECT_EQ(trimmed("a"), "a");
  EXPECT_EQ(trimmed(" \n "), "");
  EXPECT_EQ(trimmed(""), "");
}

}  // namespace
}  // namespace clipmill
