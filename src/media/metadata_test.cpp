#include "media/metadata.h"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

namespace clipmill {
namespace {

TEST(Metadata, TheMarkIsAnObjectOfStrings) {
  const auto mark = nlohmann::json::parse(aigc_json({.producer = "studio", .produce_id = "clip-1"}));
  const nlohmann::json expected = {
      {"Label", "1"},        {"ContentProducer", "studio"},   {"ProduceID", "clip-1"},
      {"ReservedCode1", ""}, {"ContentPropagator", "studio"}, {"PropagateID", "clip-1"},
      {"ReservedCode2", ""}};
  EXPECT_EQ(mark, expected);
}

TEST(Metadata, TheMarkIsPrintableAscii) {
  const std::string text = aigc_json({.producer = "影\"室\\\n\xFF x", .produce_id = std::string(5000, 'i')});
  for (const char c : text) EXPECT_TRUE(c >= 0x20 && c < 0x7F);
  const auto mark = nlohmann::json::parse(text);
  EXPECT_EQ(mark["ContentProducer"], "______ x");
  EXPECT_EQ(mark["ProduceID"].get<std::string>().size(), 256u);
}

TEST(Metadata, TextBecomesValidUtf8) {
  EXPECT_EQ(valid_utf8("plain 文字"), "plain 文字");
  EXPECT_EQ(valid_utf8(std::string("a\0b", 3)), "ab");
  EXPECT_EQ(valid_utf8("x\xC3"), "x\uFFFD");
}

TEST(Metadata, ALongPromptIsCutBetweenCharacters) {
  std::string prompt;
  for (int i = 0; i < 30000; ++i) prompt += "字";
  const std::string kept = container_metadata({.prompt = prompt}).at("prompt");
  EXPECT_LE(kept.size(), kPromptLimit);
  EXPECT_EQ(valid_utf8(kept), kept);
  EXPECT_TRUE(kept.ends_with("…"));
}

}  // namespace
}  // namespace clipmill
