#include "train/caption_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/atomic_file.h"
#include "checkpoint/test_folder.h"

namespace clipmill {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TEST(CaptionTable, ReadsCsvByItsColumnNames) {
  const TestFolder folder;
  write_file(folder / "captions.csv",
             "text,tags,file_name\n\"a cat, walking\",x, ./walk/ \n  a dog ,y,run.mp4\n");
  std::vector<std::string> problems;
  const CaptionTable table(folder.path(), problems);
  EXPECT_THAT(problems, IsEmpty());
  EXPECT_EQ(table.caption("walk"), "a cat, walking");
  EXPECT_EQ(table.caption("run.mp4"), "a dog");
  EXPECT_EQ(table.caption("other.mp4"), "");
}

TEST(CaptionTable, ReadsJsonLines) {
  const TestFolder folder;
  write_file(folder / "metadata.jsonl",
             "{\"file_name\": \"a.mp4\", \"text\": \"ein Tür\"}\r\n\n{\"file_name\": \"b.mp4\", \"text\": "
             "\"b\", \"x\": 1}");
  std::vector<std::string> problems;
  const CaptionTable table(folder.path(), problems);
  EXPECT_THAT(problems, IsEmpty());
  EXPECT_EQ(table.caption("a.mp4"), "ein Tür");
  EXPECT_EQ(table.caption("b.mp4"), "b");
}

TEST(CaptionTable, NamesEveryLineThatCannotBeUsed) {
  const TestFolder folder;
  write_file(folder / "captions.jsonl",
             "{\"file_name\": \"a.mp4\", \"text\": \"a\"}\nnot json\n{\"file_name\": 1, \"text\": \"b\"}\n"
             "{\"file_name\": \"a.mp4\", \"text\": \"c\"}\n[]\n");
  std::vector<std::string> problems;
  const CaptionTable table(folder.path(), problems);
  EXPECT_THAT(problems, ElementsAre(HasSubstr("captions.jsonl:2"), HasSubstr("captions.jsonl:3"),
                                    AllOf(HasSubstr("captions.jsonl:4"), HasSubstr("captions.jsonl:1")),
                                    HasSubstr(":5")));
  EXPECT_EQ(table.caption("a.mp4"), "a");
  EXPECT_THAT(table.unknown({"b.mp4"}), ElementsAre("captions.jsonl:1: there is no clip a.mp4"));
  EXPECT_THAT(table.unknown({"a.mp4"}), IsEmpty());
}

TEST(CaptionTable, NamesWhatIsWrongWithACsv) {
  for (const auto& [text, expected] :
       {std::pair{"name,text\na,b\n", "captions.csv:1: must name the columns"},
        {"file_name,text\na.mp4,x\nb.mp4\n", "captions.csv:3: has too few fields"},
        {"file_name,text\na.mp4,\"x\n", "captions.csv:2: a quoted field"}}) {
    const TestFolder folder;
    write_file(folder / "captions.csv", text);
    std::vector<std::string> problems;
    const CaptionTable table(folder.path(), problems);
    EXPECT_THAT(problems, ElementsAre(HasSubstr(expected)));
  }
}

TEST(CaptionTable, RefusesSeveralTables) {
  const TestFolder folder;
  write_file(folder / "captions.csv", "file_name,text\n");
  write_file(folder / "metadata.jsonl", "");
  std::vector<std::string> problems;
  EXPECT_THAT(error_of([&] { CaptionTable(folder.path(), problems); }),
              AllOf(HasSubstr("captions.csv, metadata.jsonl"), HasSubstr("keep one")));
}

}  // namespace
}  // namespace clipmill
