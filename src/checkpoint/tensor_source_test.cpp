#include "checkpoint/tensor_source.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "checkpoint/test_folder.h"

namespace clipmill {
namespace {

using nlohmann::json;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

class TensorSourceTest : public testing::Test {
 protected:
  void shard(const char* name, const std::vector<TensorSpec>& layout) { write_zeros(folder_ / name, layout); }
  void index(const json& weight_map, const char* name = "model.safetensors.index.json") {
    write_file(folder_ / name, json{{"metadata", {{"total_size", 0}}}, {"weight_map", weight_map}}.dump());
  }
  TensorSource open() const { return TensorSource::open(folder_.path(), "model"); }
  std::string refusal() const {
    return error_of([&] { (void)open(); });
  }

  TestFolder folder_;
};

TEST_F(TensorSourceTest, OpensOneFile) {
  shard("model.safetensors", {{"b", {2}}, {"a", {3}}});
  const TensorSource source = open();
  EXPECT_THAT(source.names(), ElementsAre("a", "b"));
  EXPECT_EQ(source.at("a").bytes().size(), 6u);
  EXPECT_FALSE(source.find("c"));
  EXPECT_THAT(error_of([&] { (void)source.at("c"); }),
              AllOf(HasSubstr(folder_.path().string()), HasSubstr("\"c\"")));
}

TEST_F(TensorSourceTest, OpensShards) {
  shard("model-00001-of-00002.safetensors", {{"a", {1}}});
  shard("model-00002-of-00002.safetensors", {{"b", {2}}});
  index({{"a", "model-00001-of-00002.safetensors"}, {"b", "model-00002-of-00002.safetensors"}});
  const TensorSource source = open();
  EXPECT_EQ(source.files().size(), 2u);
  EXPECT_EQ(source.at("b").file->path().filename(), "model-00002-of-00002.safetensors");
}

TEST_F(TensorSourceTest, TakesTheOnlyVariant) {
  shard("model.fp16.safetensors", {{"a", {1}}});
  EXPECT_EQ(open().files().at(0)->path().filename(), "model.fp16.safetensors");
  shard("model.bf16.safetensors", {{"a", {1}}});
  EXPECT_THAT(refusal(),
              AllOf(HasSubstr("several variants"), HasSubstr("model.bf16.safetensors, model.fp16")));
  shard("model.safetensors", {{"plain", {1}}});
  EXPECT_TRUE(open().find("plain"));
}

TEST_F(TensorSourceTest, TakesAShardedVariant) {
  shard("model.fp16-00001-of-00001.safetensors", {{"a", {1}}});
  index({{"a", "model.fp16-00001-of-00001.safetensors"}}, "model.safetensors.index.fp16.json");
  EXPECT_TRUE(open().find("a"));
}

TEST_F(TensorSourceTest, SaysWhatIsMissing) {
  EXPECT_THAT(refusal(), AllOf(HasSubstr(folder_.path().string()), HasSubstr("model.safetensors")));
  index({{"a", "model-00001-of-00002.safetensors"}});
  EXPECT_THAT(refusal(), AllOf(HasSubstr("model-00001-of-00002.safetensors is missing"), HasSubstr("\"a\"")));
}

TEST_F(TensorSourceTest, RefusesAnIndexThatLies) {
  shard("one.safetensors", {{"a", {1}}});
  shard("two.safetensors", {{"b", {1}}, {"c", {1}}});
  index({{"a", "one.safetensors"}, {"missing", "two.safetensors"}});
  EXPECT_THAT(refusal(), HasSubstr("tensor \"missing\" is not in shard two.safetensors"));
  index({{"a", "one.safetensors"}, {"b", "one.safetensors"}, {"c", "two.safetensors"}});
  EXPECT_THAT(refusal(), HasSubstr("tensor \"b\" is not in shard one.safetensors"));
}

TEST_F(TensorSourceTest, RefusesATensorInTwoShards) {
  shard("one.safetensors", {{"a", {1}}});
  shard("two.safetensors", {{"a", {1}}, {"b", {1}}});
  index({{"a", "one.safetensors"}, {"b", "two.safetensors"}});
  EXPECT_THAT(refusal(), AllOf(HasSubstr("two.safetensors"), HasSubstr("\"a\" is also in one.safetensors")));
}

TEST_F(TensorSourceTest, ShardsStayInTheFolder) {
  for (const char* name :
       {"../outside.safetensors", "/etc/passwd", "sub/one.safetensors", "..", ".", "", "a\\b"}) {
    index({{"a", name}});
    EXPECT_THAT(refusal(), AllOf(HasSubstr("\"a\""), HasSubstr("not the name of a file"))) << name;
  }
}

TEST_F(TensorSourceTest, RefusesABrokenIndex) {
  const auto path = folder_ / "model.safetensors.index.json";
  for (const char* text : {"", "{", "[]", "{}", R"({"weight_map":{}})", R"({"weight_map":[]})",
                           R"({"weight_map":{"a":1}})", R"({"weight_map":{"a":"x","a":"y"}})"}) {
    write_file(path, text);
    EXPECT_THAT(refusal(), HasSubstr(path.string())) << text;
  }
}

}  // namespace
}  // namespace clipmill
