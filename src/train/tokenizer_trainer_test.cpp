#include "train/tokenizer_trainer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>
#include <sentencepiece_processor.h>

#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "base/atomic_file.h"
#include "checkpoint/test_folder.h"
#include "model/tokenizer.h"
#include "train/shapes_dataset.h"

namespace clipmill {
namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;
using Ids = std::vector<std::int64_t>;

const TrainedTokenizer& shapes_tokenizer() {
  static const TrainedTokenizer trained = train_tokenizer(ShapesDataset(1, 1).captions(), 128);
  return trained;
}

std::set<std::string> words_of_shapes() {
  std::set<std::string> words;
  for (const std::string& caption : ShapesDataset(1, 1).captions()) {
    std::istringstream stream(caption);
    for (std::string word; stream >> word;) words.insert(word);
  }
  return words;
}

TEST(TokenizerTrainer, MakesEveryWordOfTheWorldOnePiece) {
  const TestFolder folder;
  write_tokenizer_files(folder.path(), shapes_tokenizer().files);
  const Tokenizer tokenizer(folder / "spiece.model");
  EXPECT_LE(tokenizer.size(), 128);
  EXPECT_EQ(tokenizer.size(), shapes_tokenizer().size);
  for (const std::string& word : words_of_shapes()) {
    const Ids ids = tokenizer.encode(word, 16);
    EXPECT_EQ(ids.size(), 2u) << word;
    EXPECT_GT(ids.front(), 2) << word;
  }
  EXPECT_EQ(tokenizer.encode("a red circle moving left on a black background", 64).size(), 10u);
}

TEST(TokenizerTrainer, HasTheIdsOfTheReference) {
  const TestFolder folder;
  write_tokenizer_files(folder.path(), shapes_tokenizer().files);
  const Tokenizer tokenizer(folder / "spiece.model");
  EXPECT_THAT(tokenizer.encode("<pad></s><unk>", 8), ElementsAre(0, 1, 2, 1));
  EXPECT_EQ(tokenizer.unk_id(), 2);
  const Ids other = tokenizer.encode("the quick brown fox, 0123456789? don't! x-ray.", 128);
  EXPECT_EQ(std::ranges::count(other, 2), 0) << "small letters, digits and marks are always known";
  EXPECT_EQ(std::ranges::count(tokenizer.encode("ß", 8), 2), 1);
}

TEST(TokenizerTrainer, TheSameCaptionsGiveTheSameBytes) {
  const TrainedTokenizer again = train_tokenizer(ShapesDataset(1, 2).captions(), 128);
  EXPECT_EQ(again.files, shapes_tokenizer().files);
}

TEST(TokenizerTrainer, WritesTheJsonOfTheReference) {
  const json ours = json::parse(shapes_tokenizer().files.at("tokenizer.json"));
  json theirs = json::parse(read_file(CLIPMILL_SOURCE_DIR "/src/train/testdata/reference_tokenizer.json"));
  sentencepiece::SentencePieceProcessor model;
  ASSERT_TRUE(model.LoadFromSerializedProto(shapes_tokenizer().files.at("spiece.model")).ok());
  ASSERT_EQ(ours["model"]["vocab"].size(), static_cast<std::size_t>(model.GetPieceSize()));
  for (int id = 0; id < model.GetPieceSize(); ++id) {
    EXPECT_EQ(ours["model"]["vocab"][static_cast<std::size_t>(id)],
              json::array({model.IdToPiece(id), model.GetScore(id)}));
  }
  theirs["model"]["vocab"] = ours["model"]["vocab"];
  EXPECT_EQ(ours, theirs);
}

TEST(TokenizerTrainer, LearnsOtherScripts) {
  const std::vector<std::string> captions = {"Un café à Évry", "一只猫在草地上行走", "Ｆｕｌｌ width"};
  const TestFolder folder;
  write_tokenizer_files(folder.path(), train_tokenizer(captions, 200).files);
  const Tokenizer tokenizer(folder / "spiece.model");
  for (const char* text : {"Un café à Évry", "一只猫在草地上行走", "Full width"}) {
    EXPECT_EQ(std::ranges::count(tokenizer.encode(text, 64), 2), 0) << text;
  }
}

TEST(TokenizerTrainer, SaysWhatIsWrong) {
  EXPECT_THAT(error_of([] { (void)train_tokenizer({}, 128); }), HasSubstr("no caption"));
  const std::vector<std::string> blank = {" ", "\n"}, captions = {"a red circle"};
  EXPECT_THAT(error_of([&] { (void)train_tokenizer(blank, 128); }), HasSubstr("no caption"));
  EXPECT_THAT(error_of([&] { (void)train_tokenizer(captions, 10); }),
              testing::AllOf(HasSubstr("10 pieces"), HasSubstr("characters alone are 46"),
                             HasSubstr("larger vocabulary")));
  EXPECT_TRUE(error_of([&] { (void)train_tokenizer(captions, 46); }).empty());
  EXPECT_THAT(error_of([&] { (void)train_tokenizer(captions, 45); }), HasSubstr("characters alone are 46"));
}

/// Any captions, odd ones too: an Error or a model that loads.
RC_GTEST_PROP(TokenizerTrainer, SurvivesAnyCaptions, ()) {
  const auto captions = *rc::gen::container<std::vector<std::string>>(
      *rc::gen::inRange<std::size_t>(1, 5), rc::gen::container<std::string>(rc::gen::inRange<char>(1, 127)));
  try {
    const TrainedTokenizer trained = train_tokenizer(captions, 256);
    const TestFolder folder;
    write_tokenizer_files(folder.path(), trained.files);
    RC_ASSERT(Tokenizer(folder / "spiece.model").size() == trained.size);
  } catch (const Error& error) {
    RC_ASSERT(error.kind() == ErrorKind::kInput);
  }
}

}  // namespace
}  // namespace clipmill
