#include "model/tokenizer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>
#include <unistd.h>

#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "base/error.h"

namespace clipmill {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

const std::filesystem::path kModels = CLIPMILL_SOURCE_DIR "/tests/golden/models";

std::filesystem::path spiece_model(const std::string& model) {
  return kModels / model / "tokenizer/spiece.model";
}

std::string read(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// A file of its own for each test process, gone afterwards.
class DamagedModel {
 public:
  explicit DamagedModel(const std::string& bytes) { std::ofstream(path_, std::ios::binary) << bytes; }
  ~DamagedModel() { std::filesystem::remove(path_); }

  const std::filesystem::path& path() const { return path_; }

  /// Whether it loads; an error must be the user's and name the file.
  bool loads() const {
    try {
      Tokenizer(path_).encode("Ａ red circle: ½ &猫 moves.", 64);
      return true;
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kInput) << error.what();
      EXPECT_THAT(error.what(), HasSubstr(path_.filename().string()));
      return false;
    }
  }

 private:
  std::filesystem::path path_ =
      std::filesystem::temp_directory_path() / fmt::format("clipmill_damaged_{}.model", getpid());
};

TEST(Tokenizer, MatchesTheReferenceOnItsGoldenPrompts) {
  const auto golden = nlohmann::json::parse(read(CLIPMILL_SOURCE_DIR "/tests/golden/text/prompts.json"));
  for (const std::string model : {"wan21", "residual"}) {
    const Tokenizer tokenizer(spiece_model(model));
    for (const auto& line : golden) {
      const auto expected = line[2][model].get<std::vector<std::int64_t>>();
      EXPECT_EQ(tokenizer.encode(line[1].get<std::string>(), 48), expected) << model << ": " << line[1];
    }
  }
}

TEST(Tokenizer, TakesTheIdsThatTheModelNames) {
  const Tokenizer t5(spiece_model("wan21")), umt5(spiece_model("two_transformers"));
  EXPECT_EQ(t5.unk_id(), 2);
  EXPECT_EQ(umt5.unk_id(), 3);
  EXPECT_EQ(umt5.eos_id(), 1);
  EXPECT_EQ(umt5.pad_id(), 0);
  EXPECT_THAT(umt5.encode("<pad></s><s><unk>", 8), ElementsAre(0, 1, 2, 3, 1));
  EXPECT_EQ(umt5.encode("☃", 8).end()[-2], 3);
}

TEST(Tokenizer, EndsEveryPromptWithinMaxLength) {
  const Tokenizer tokenizer(spiece_model("residual"));
  EXPECT_THAT(tokenizer.encode("", 8), ElementsAre(1));
  EXPECT_THAT(tokenizer.encode("a red circle", 1), ElementsAre(1));
  EXPECT_THROW(tokenizer.encode("a red circle", 0), Error);
  const auto whole = tokenizer.encode(std::string(100000, 'a'), 200000);
  const auto cut = tokenizer.encode(std::string(100000, 'a'), 512);
  ASSERT_EQ(cut.size(), 512u);
  EXPECT_TRUE(std::equal(cut.begin(), cut.end() - 1, whole.begin()));
  EXPECT_EQ(cut.back(), 1);
}

TEST(Tokenizer, SaysThatTokenizerJsonAloneIsNotEnough) {
  const auto folder = std::filesystem::temp_directory_path() / fmt::format("clipmill_json_only_{}", getpid());
  std::filesystem::create_directory(folder);
  std::ofstream(folder / "tokenizer.json") << "{}";
  try {
    Tokenizer tokenizer(folder / "spiece.model");
    ADD_FAILURE() << "loaded";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kInput);
    EXPECT_THAT(error.what(), HasSubstr("spiece.model"));
    EXPECT_THAT(error.hint(), HasSubstr("tokenizer.json"));
  }
  std::filesystem::remove_all(folder);
}

TEST(Tokenizer, RefusesAFileCutOffAtAnyByte) {
  const std::string bytes = read(spiece_model("residual"));
  ASSERT_TRUE(DamagedModel(bytes).loads());
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_FALSE(DamagedModel(bytes.substr(0, size)).loads()) << size << " of " << bytes.size() << " bytes";
  }
}

RC_GTEST_PROP(Tokenizer, RefusesALargeFileCutOffAnywhere, ()) {
  static const std::string bytes = read(spiece_model("wan21"));
  RC_ASSERT(!DamagedModel(bytes.substr(0, *rc::gen::inRange<std::size_t>(0, bytes.size()))).loads());
}

RC_GTEST_PROP(Tokenizer, RefusesOrSurvivesFlippedBits, ()) {
  static const std::string original = read(spiece_model("wan21"));
  std::string bytes = original;
  for (int flips = *rc::gen::inRange(1, 100); flips > 0; --flips) {
    bytes[*rc::gen::inRange<std::size_t>(0, bytes.size())] ^= 1 << *rc::gen::inRange(0, 8);
  }
  DamagedModel(bytes).loads();
}

}  // namespace
}  // namespace clipmill
