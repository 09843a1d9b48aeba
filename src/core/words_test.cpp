#include "core/words.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "base/error.h"
#include "core/job_generator.h"

namespace clipmill {
namespace {

using Words = std::vector<std::string>;

TEST(Words, AreSplitAsByAShell) {
  EXPECT_EQ(split_words("  python\tmake.py --prompt 'a \"cat\"' \n"),
            (Words{"python", "make.py", "--prompt", "a \"cat\""}));
  EXPECT_EQ(split_words(R"("a \"b\" \\ \n" c\ d 'e\' f"g"'h')"),
            (Words{R"(a "b" \ \n)", "c d", R"(e\)", "fgh"}));
  EXPECT_EQ(split_words("'' \"\""), (Words{"", ""}));
  EXPECT_EQ(split_words("$HOME *; ~ `x`"), (Words{"$HOME", "*;", "~", "`x`"}));
  EXPECT_EQ(split_words(" \t"), Words{});
}

TEST(Words, AQuoteThatDoesNotEndIsAnError) {
  for (const char* text : {"'a", "\"a", "a\\", "\"a\\\""}) EXPECT_THROW(split_words(text), Error) << text;
}

RC_GTEST_PROP(WordsProperty, JoinedWordsSplitIntoThemselves, ()) {
  const Words words = *rc::gen::container<Words>(test::text());
  RC_ASSERT(split_words(join_words(words)) == words);
}

}  // namespace
}  // namespace clipmill
