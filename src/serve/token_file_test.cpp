#include "serve/token_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"

namespace clipmill {
namespace {

using testing::HasSubstr;

std::string refusal_of(const std::string& text) {
  try {
    read_tokens(text, "tokens");
  } catch (const Error& error) {
    return error.what();
  }
  return "taken";
}

TEST(TokenFile, ATokenAloneMayEverything) {
  const auto tokens = read_tokens("# ours\n\n  first \r\nsecond", "tokens");
  ASSERT_EQ(tokens.size(), 2u);
  EXPECT_EQ(tokens[0].secret, "first");
  EXPECT_EQ(tokens[1].client.scopes.size(), 3u);
  EXPECT_EQ(tokens[1].client.waiting, 0);
  EXPECT_TRUE(read_tokens("# none\n", "tokens").empty());
}

TEST(TokenFile, ReadsWhatATokenAllows) {
  const auto tokens =
      read_tokens("s3cret\tname=studio-7 scopes=read,submit waiting=20 hourly=200\n", "tokens");
  ASSERT_EQ(tokens.size(), 1u);
  const Client& client = tokens[0].client;
  EXPECT_EQ(client.name, "studio-7");
  EXPECT_EQ(client.scopes, (std::set{Scope::kRead, Scope::kSubmit}));
  EXPECT_EQ(client.waiting, 20);
  EXPECT_EQ(client.hourly, 200);
}

TEST(TokenFile, RefusesWithTheLineAndWithoutTheSecret) {
  EXPECT_THAT(refusal_of("a\nb scopes=write\n"), HasSubstr("tokens:2: scopes: there is no \"write\""));
  EXPECT_THAT(refusal_of("a scopes=\n"), HasSubstr("scopes: names none"));
  EXPECT_THAT(refusal_of("a name=../b\n"), HasSubstr("name: must be letters"));
  EXPECT_THAT(refusal_of("a name=b waiting=0\n"), HasSubstr("waiting: must be a whole number above 0"));
  EXPECT_THAT(refusal_of("a hourly=5\n"), HasSubstr("a quota needs a name="));
  EXPECT_THAT(refusal_of("a secret of words\n"), testing::Not(HasSubstr("secret of")));
}

}  // namespace
}  // namespace clipmill
