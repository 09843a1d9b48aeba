#include "recipe/recipe_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "manifest/manifest_error.h"
#include "recipe/recipe_json.h"

namespace clipmill {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr std::string_view kSmall = R"(output = "mine"
vocabulary = 96
segments = "auto"

[data]
world = "shapes"
buckets = [{ size = "64x64", frames = 17 }, { size = "96x64", frames = 9, weight = 0.5 }]

[vae]
base_dim = 8
z_dim = 8
num_res_blocks = 1

[text_encoder]
d_model = 64
d_kv = 16
d_ff = 128
num_layers = 2
num_heads = 4

[transformer]
num_attention_heads = 4
attention_head_dim = 32
ffn_dim = 512
num_layers = 6

[train_vae]
steps = 200
batch = 4

[train_transformer]
steps = 300
batch = 32
accumulate = 4
)";

std::vector<std::string> problems_of(std::string_view text, const std::vector<Setting>& settings = {}) {
  std::vector<std::string> lines;
  try {
    parse_train_recipe(text, "mine.toml", settings);
  } catch (const ManifestError& error) {
    for (const Diagnostic& each : error.diagnostics()) lines.push_back(to_string(each));
  }
  return lines;
}

/// kSmall with one line replaced; an empty replacement leaves it out.
std::string with(std::string_view line, std::string_view replacement) {
  std::string text(kSmall);
  const std::size_t at = text.find(line);
  EXPECT_NE(at, text.npos) << line;
  return text.replace(at, line.size(), replacement);
}

TEST(TrainRecipe, IsReadWithEveryKindOfValue) {
  const TrainRecipe recipe = parse_train_recipe(kSmall, "mine.toml");
  EXPECT_EQ(recipe.output, (fs::current_path() / "mine").string());
  EXPECT_EQ(recipe.segments, -1);
  EXPECT_THAT(recipe.data.buckets, ElementsAre(Bucket{64, 64, 17, 1}, Bucket{96, 64, 9, 0.5}));
  EXPECT_EQ(recipe.train_vae.optimizer.steps, 200);
  EXPECT_EQ(recipe.train_transformer.optimizer.accumulate, 4);
  EXPECT_EQ(recipe.transformer.ffn_dim, 512);
}

TEST(TrainRecipe, DerivesWhatFollows) {
  const TrainRecipe recipe = parse_train_recipe(kSmall, "mine.toml");
  EXPECT_EQ(recipe.vae.decoder_base_dim, 8);
  EXPECT_EQ(recipe.vae.scale_factor_spatial, 8);
  EXPECT_EQ(recipe.vae.scale_factor_temporal, 4);
  EXPECT_EQ(recipe.transformer.in_channels, 8);
  EXPECT_EQ(recipe.transformer.out_channels, 8);
  EXPECT_EQ(recipe.transformer.text_dim, 64);
  EXPECT_EQ(recipe.text_encoder.vocab_size, 96);

  const TrainRecipe packed =
      parse_train_recipe(with("num_res_blocks = 1",
                              "num_res_blocks = 1\nis_residual = true\npatch_size = 2\ndim_mult = [1, 1]\n"
                              "temperal_downsample = [true]"),
                         "mine.toml");
  EXPECT_EQ(packed.vae.in_channels, 12);
  EXPECT_EQ(packed.vae.scale_factor_spatial, 4);
  EXPECT_EQ(packed.vae.scale_factor_temporal, 2);
}

TEST(TrainRecipe, SettingsBesideTheFileWin) {
  const std::vector<Setting> settings = {parse_setting("train_vae.steps=7"), parse_setting("output=other"),
                                         parse_setting("lora.targets=[\"q\"]"),
                                         parse_setting("precision=bf16")};
  const TrainRecipe recipe = parse_train_recipe(kSmall, "mine.toml", settings);
  EXPECT_EQ(recipe.train_vae.optimizer.steps, 7);
  EXPECT_EQ(recipe.output, (fs::current_path() / "other").string());
  EXPECT_THAT(recipe.lora.targets, ElementsAre("q"));
  EXPECT_EQ(recipe.precision, Precision::kBf16);
  for (const char* text : {"", "seed", "=7", "a.b.c=1", "a b=1", "Seed=1"})
    EXPECT_THROW(parse_setting(text), Error) << text;
}

TEST(TrainRecipe, NamesSlipsOfThePenWithTheirLines) {
  EXPECT_THAT(problems_of(with("base_dim = 8", "base_dims = 8")),
              ElementsAre("mine.toml:10: unknown key \"base_dims\": did you mean \"base_dim\"?"));
  EXPECT_THAT(problems_of(with("[train_vae]", "[train_va]")),
              ElementsAre("mine.toml:27: unknown table \"train_va\": did you mean \"train_vae\"?"));
  EXPECT_THAT(
      problems_of(with("base_dim = 8", "base_dim = 8\ncaption_dropout = 0.1")),
      ElementsAre("mine.toml:11: unknown key \"caption_dropout\": it belongs in [train_transformer]"));
  EXPECT_THAT(problems_of(with("frames = 9", "frame = 9")),
              ElementsAre(HasSubstr(
                  "mine.toml:7: data.buckets number 2: unknown key \"frame\": did you mean \"frames\"?")));
  EXPECT_THAT(problems_of(kSmall, {parse_setting("train_vae.step=7")}),
              ElementsAre("mine.toml: --set train_vae.step: unknown key \"step\": did you mean \"steps\"?"));
}

TEST(TrainRecipe, NamesValuesThatDoNotGoWithTheirLines) {
  EXPECT_THAT(problems_of(with("steps = 200", "steps = -1") + "learning_rate = nan\n"),
              ElementsAre("mine.toml:28: train_vae.steps must be from 0 to 100000000, not -1",
                          "mine.toml:35: train_transformer.learning_rate must be from 1e-12 to 10, not nan"));
  EXPECT_THAT(problems_of(with("segments = \"auto\"", "segments = \"some\"")),
              ElementsAre("mine.toml:3: segments must be a whole number, not \"some\""));
  EXPECT_THAT(problems_of(with("vocabulary = 96", "vocabulary = 2026-01-01")),
              ElementsAre("mine.toml:2: no setting is a date or time"));
  EXPECT_THAT(problems_of("output = [1"), ElementsAre(HasSubstr("mine.toml:1: ")));
  EXPECT_THAT(problems_of("vae = 1\n"), ElementsAre("mine.toml:1: vae is a table: [vae]"));
}

TEST(TrainRecipe, NamesContradictions) {
  EXPECT_THAT(
      problems_of(with("64x64", "60x64")),
      ElementsAre("mine.toml:7: data.buckets number 1: width must be a positive multiple of 16, not 60: the "
                  "nearest is 64"));
  EXPECT_THAT(problems_of(with("frames = 9", "frames = 8")),
              ElementsAre(HasSubstr("number 2: frames must be 4k+1, not 8: the nearest are 5 and 9")));
  EXPECT_THAT(
      problems_of(with("accumulate = 4", "accumulate = 5")),
      ElementsAre("mine.toml:34: train_transformer.batch 32 does not divide into 5 parts (accumulate)"));
  EXPECT_THAT(problems_of(with("ffn_dim = 512", "ffn_dim = 512\nin_channels = 16")),
              ElementsAre("mine.toml:25: transformer.in_channels must be 8, as vae.z_dim, not 16"));
  EXPECT_THAT(problems_of(with("attention_head_dim = 32", "attention_head_dim = 33")),
              ElementsAre(HasSubstr("must be even for rotary positions")));
  EXPECT_THAT(problems_of(std::string(kSmall) + "[lora]\nrank = 4\n"),
              ElementsAre("mine.toml:28: train_vae.steps: LoRA trains the transformer only",
                          "mine.toml:36: lora.rank needs a base: LoRA adds to a finished model"));
  EXPECT_THAT(problems_of(with("world = \"shapes\"", "world = \"shape\"")),
              ElementsAre("mine.toml:6: data.world must be \"shapes\", not \"shape\""));
  EXPECT_THAT(problems_of(with("world = \"shapes\"", "")),
              ElementsAre("mine.toml:5: data needs a folder, or world = \"shapes\""));
  EXPECT_THAT(problems_of(with("world = \"shapes\"", "folder = \"no-such\"")),
              ElementsAre(HasSubstr("mine.toml:6: data.folder: there is no folder ")));
  EXPECT_THAT(problems_of(with("steps = 200", "steps = 0")),
              ElementsAre("mine.toml:28: train_vae.steps is 0: without a base, the VAE has to be trained"));
}

TEST(TrainRecipe, ABaseBringsItsStructure) {
  const std::string models = CLIPMILL_SOURCE_DIR "/models/shapes";
  const std::string text = fmt::format(
      "output = \"tuned\"\nbase = \"{}\"\n[data]\nworld = \"shapes\"\n[train_transformer]\nsteps = 10\n"
      "[lora]\nrank = 4\n",
      models);
  const TrainRecipe recipe = parse_train_recipe(text, "mine.toml");
  EXPECT_EQ(recipe.transformer.in_channels, recipe.vae.z_dim);
  EXPECT_LT(recipe.transformer.num_layers, 40);
  EXPECT_THAT(problems_of(text + "[vae]\nz_dim = 8\n"),
              ElementsAre("mine.toml:9: [vae] comes from the base model: leave it out"));
  EXPECT_THAT(problems_of("output = \"a\"\nbase = \"no-such\"\n"),
              ElementsAre(HasSubstr("mine.toml:2: base: ")));
  EXPECT_THAT(problems_of(fmt::format("output = \"{0}\"\nbase = \"{0}\"\n", models)),
              ElementsAre("mine.toml:1: output would overwrite the base model"));
}

TEST(TrainRecipe, TravelsAsJson) {
  const TrainRecipe recipe = parse_train_recipe(kSmall, "mine.toml");
  const std::string text = to_json(recipe).dump();
  const TrainRecipe back = train_recipe_from(text);
  EXPECT_EQ(to_json(back).dump(), text);
  EXPECT_EQ(back.train_vae.optimizer.steps, 200);
  EXPECT_EQ(back.segments, -1);
  EXPECT_EQ(back.data.buckets, recipe.data.buckets);
}

TEST(TrainKeys, ListsEverySection) {
  const std::string keys = train_keys();
  for (const char* text :
       {"segments = 0", "\n[data]\n", "\n[watch]\n", "learning_rate = 0.001", "\nz_dim = 16"})
    EXPECT_THAT(keys, HasSubstr(text));
}

}  // namespace
}  // namespace clipmill
