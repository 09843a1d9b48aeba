#include "checkpoint/model_folder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "checkpoint/find_models.h"
#include "checkpoint/test_folder.h"

namespace clipmill {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

const fs::path kShipped = fs::path(CLIPMILL_SOURCE_DIR) / "models" / "shapes";

/// A copy of the shipped model, to damage.
class ModelFolderTest : public testing::Test {
 protected:
  ModelFolderTest() { fs::copy(kShipped, path_, fs::copy_options::recursive); }

  void edit(const char* file, const json& changes) {
    json object = json::parse(read_file(path_ / file));
    object.update(changes);
    write_file(path_ / file, object.dump());
  }
  std::string refusal() const {
    return error_of([&] { (void)ModelFolder::open(path_); });
  }

  TestFolder folder_;
  const fs::path path_ = folder_ / "model";
};

TEST(ShippedModel, Opens) {
  const ModelFolder model = ModelFolder::open(kShipped);
  EXPECT_EQ(model.index().transformer, "WanTransformer3DModel");
  EXPECT_EQ(model.transformer_config().in_channels, model.vae_config().z_dim);
  EXPECT_TRUE(model.transformer().find("patch_embedding.weight"));
  EXPECT_TRUE(model.text_encoder().find("shared.weight"));
  EXPECT_TRUE(model.vae().find("decoder.conv_out.bias"));
  EXPECT_FALSE(model.transformer_2());
  EXPECT_TRUE(fs::is_regular_file(model.tokenizer_path()));
}

TEST_F(ModelFolderTest, OpensTwoTransformers) {
  fs::copy(path_ / "transformer", path_ / "transformer_2", fs::copy_options::recursive);
  edit("model_index.json",
       {{"transformer_2", {"diffusers", "WanTransformer3DModel"}}, {"boundary_ratio", 0.9}});
  const ModelFolder model = ModelFolder::open(path_);
  ASSERT_TRUE(model.transformer_2() && model.transformer_2_config());
  EXPECT_EQ(model.transformer_2()->size(), model.transformer().size());
}

TEST_F(ModelFolderTest, SaysWhatIsNoModelFolder) {
  EXPECT_THAT(error_of([&] { (void)ModelFolder::open(folder_ / "none"); }),
              AllOf(HasSubstr("none does not exist"), HasSubstr("clipmill models")));
  EXPECT_THAT(error_of([&] { (void)ModelFolder::open(path_ / "model_index.json"); }),
              HasSubstr("is not a folder"));
  fs::create_directory(folder_ / "empty");
  EXPECT_THAT(error_of([&] { (void)ModelFolder::open(folder_ / "empty"); }), HasSubstr("is empty"));
  EXPECT_THAT(error_of([&] { (void)ModelFolder::open(path_ / "vae"); }),
              AllOf(HasSubstr("no model_index.json"), HasSubstr("Diffusers layout")));
}

TEST_F(ModelFolderTest, EveryFileIsNeeded) {
  const std::vector<const char*> files = {"transformer/config.json",
                                          "vae/config.json",
                                          "text_encoder/config.json",
                                          "scheduler/scheduler_config.json",
                                          "tokenizer/spiece.model",
                                          "transformer/diffusion_pytorch_model.safetensors",
                                          "vae/diffusion_pytorch_model.safetensors",
                                          "text_encoder/model.safetensors"};
  for (const char* file : files) {
    fs::rename(path_ / file, folder_ / "aside");
    EXPECT_THAT(refusal(), HasSubstr((path_ / file).parent_path().string())) << file;
    fs::rename(folder_ / "aside", path_ / file);
  }
  EXPECT_EQ(refusal(), "");
}

TEST_F(ModelFolderTest, TellsHowToGetTheTokenizer) {
  fs::remove(path_ / "tokenizer/spiece.model");
  EXPECT_THAT(refusal(), AllOf(HasSubstr("tokenizer.json only"), HasSubstr("google/umt5-xxl")));
}

TEST_F(ModelFolderTest, WeightsMustFitTheirConfig) {
  edit("transformer/config.json", {{"num_layers", 7}});
  EXPECT_THAT(refusal(), AllOf(HasSubstr("transformer"),
                               HasSubstr("\"blocks.6.scale_shift_table\" [1, 6, 128] is missing")));
}

TEST_F(ModelFolderTest, ComponentsMustFitEachOther) {
  edit("transformer/config.json", {{"text_dim", 65}});
  EXPECT_THAT(refusal(), HasSubstr("text_dim is 65, the text encoder's d_model 64"));
  edit("transformer/config.json", {{"in_channels", 20}});
  EXPECT_THAT(refusal(), AllOf(HasSubstr("in_channels is 20"), HasSubstr("not a text-to-video model")));
}

TEST_F(ModelFolderTest, ACutFileIsNamed) {
  const fs::path file = path_ / "vae/diffusion_pytorch_model.safetensors";
  fs::resize_file(file, fs::file_size(file) - 1);
  EXPECT_THAT(refusal(), AllOf(HasSubstr(file.string()), HasSubstr("cut short")));
}

TEST_F(ModelFolderTest, FindsModelsBelowAFolder) {
  fs::copy(path_, folder_ / "another", fs::copy_options::recursive);
  fs::create_directory(folder_ / "no_model");
  EXPECT_THAT(find_models(folder_.path()), ElementsAre(folder_ / "another", path_));
  EXPECT_THAT(find_models(path_), ElementsAre(path_));
  EXPECT_THAT(find_models(folder_ / "no_model"), ElementsAre(folder_ / "no_model"));
  EXPECT_THAT(error_of([&] { (void)find_models(folder_ / "none"); }), HasSubstr("none does not exist"));
}

}  // namespace
}  // namespace clipmill
