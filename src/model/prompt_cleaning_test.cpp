#include "model/prompt_cleaning.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "model/html_entities.h"

namespace clipmill {
namespace {

/// Any code points but surrogates, the interesting ones often.
rc::Gen<std::string> any_text() {
  const auto code_point = rc::gen::weightedOneOf<std::string>({
      {4, rc::gen::element<std::string>("&", "#", "x", ";", "<", " ", "\n", "\x1b[", "3", "m", "amp", "lt;",
                                        "a")},
      {1, rc::gen::map(rc::gen::inRange(0, 0xD800), [](int c) { return utf8(c); })},
      {1, rc::gen::map(rc::gen::inRange(0xE000, 0x110000), [](int c) { return utf8(c); })},
  });
  return rc::gen::map(rc::gen::container<std::vector<std::string>>(code_point), [](const auto& parts) {
    std::string text;
    for (const auto& part : parts) text += part;
    return text;
  });
}

TEST(CleanPrompt, MatchesTheReferenceOnItsGoldenPrompts) {
  std::ifstream file(CLIPMILL_SOURCE_DIR "/tests/golden/text/prompts.json");
  const auto golden = nlohmann::json::parse(file);
  ASSERT_GT(golden.size(), 300u);
  for (const auto& line : golden) {
    EXPECT_EQ(clean_prompt(line[0].get<std::string>()), line[1].get<std::string>()) << line[0];
  }
}

TEST(CleanPrompt, KeepsTextThatWasOnceDecodedWrongly) { EXPECT_EQ(clean_prompt("schÃ¶n"), "schÃ¶n"); }

TEST(CleanPrompt, ResolvesReferencesOfAnyLength) {
  const std::string zeros(100000, '0');
  EXPECT_EQ(clean_prompt("&#" + zeros + "65;"), "A");
  EXPECT_EQ(clean_prompt("&#x1" + zeros + ";"), "\uFFFD");
}

TEST(CleanPrompt, NamesTheByteThatIsNotUtf8) {
  for (const std::string broken : {"ab\xff", "ab\xe7\x8c", "ab\xed\xa0\x80", "ab\xc0\x80"}) {
    try {
      clean_prompt(broken);
      ADD_FAILURE() << "accepted";
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kInput);
      EXPECT_STREQ(error.what(), "prompt: byte 3 is not UTF-8");
    }
  }
}

RC_GTEST_PROP(CleanPrompt, LeavesSingleSpacesBetweenWordsOnly, ()) {
  const std::string cleaned = clean_prompt(*any_text());
  RC_ASSERT(!cleaned.starts_with(' '));
  RC_ASSERT(!cleaned.ends_with(' '));
  RC_ASSERT(cleaned.find("  ") == std::string::npos);
  RC_ASSERT(cleaned.find_first_of("\t\n\v\f\r") == std::string::npos);
}

RC_GTEST_PROP(CleanPrompt, DoesNotCareHowMuchSpaceThereIs, (std::vector<unsigned short> numbers)) {
  std::string narrow, wide = "\t";
  for (const auto number : numbers) {
    narrow += std::to_string(number) + " ";
    wide += std::to_string(number) + " \u3000\r\n";
  }
  RC_ASSERT(clean_prompt(narrow) == clean_prompt(wide));
}

}  // namespace
}  // namespace clipmill
