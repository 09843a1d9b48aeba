#include "checkpoint/config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "checkpoint/test_folder.h"

namespace clipmill {
namespace {

using nlohmann::json;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

ConfigFile file(json object) { return ConfigFile(std::move(object), "model/x/config.json"); }

/// What reading `object` as Config is refused with.
template <typename Config, typename... Extra>
std::string refusal(json object, Extra... extra) {
  return error_of([&] { (void)Config::from(file(std::move(object)), extra...); });
}

auto names(const char* key, const char* complaint) {
  return AllOf(HasSubstr("model/x/config.json"), HasSubstr(key), HasSubstr(complaint));
}

TEST(TransformerConfig, DefaultsAreTheClassDefaults) {
  const auto config = TransformerConfig::from(file(json::object()));
  EXPECT_THAT(config.patch_size, ElementsAre(1, 2, 2));
  EXPECT_EQ(config.inner_dim(), 5120);
  EXPECT_EQ(config.in_channels, 16);
  EXPECT_EQ(config.out_channels, 16);
  EXPECT_EQ(config.ffn_dim, 13824);
  EXPECT_EQ(config.num_layers, 40);
  EXPECT_TRUE(config.cross_attn_norm);
  EXPECT_EQ(config.eps, 1e-6);
  EXPECT_EQ(config.rope_max_seq_len, 1024);
}

TEST(TransformerConfig, ReadsEveryKeyAndIgnoresOthers) {
  const auto config = TransformerConfig::from(file({{"_class_name", "WanTransformer3DModel"},
                                                    {"_name_or_path", 7},
                                                    {"some_future_key", {1, 2}},
                                                    {"qk_norm", nullptr},
                                                    {"image_dim", nullptr},
                                                    {"patch_size", {2, 1, 3}},
                                                    {"num_attention_heads", 3},
                                                    {"attention_head_dim", 10},
                                                    {"in_channels", 5},
                                                    {"out_channels", 6},
                                                    {"text_dim", 7},
                                                    {"freq_dim", 8},
                                                    {"ffn_dim", 9},
                                                    {"num_layers", 4},
                                                    {"cross_attn_norm", false},
                                                    {"eps", 1e-5},
                                                    {"rope_max_seq_len", 32}}));
  EXPECT_THAT(config.patch_size, ElementsAre(2, 1, 3));
  EXPECT_EQ(config.inner_dim(), 30);
  EXPECT_THAT((std::vector{config.in_channels, config.out_channels, config.text_dim, config.freq_dim,
                           config.ffn_dim, config.num_layers, config.rope_max_seq_len}),
              ElementsAre(5, 6, 7, 8, 9, 4, 32));
  EXPECT_FALSE(config.cross_attn_norm);
  EXPECT_EQ(config.eps, 1e-5);
}

TEST(TransformerConfig, NullOutChannelsMeansAsManyAsGoIn) {
  EXPECT_EQ(TransformerConfig::from(file({{"in_channels", 5}, {"out_channels", nullptr}})).out_channels, 5);
}

TEST(TransformerConfig, NamesFileAndKeyOfWhatIsWrong) {
  using C = TransformerConfig;
  EXPECT_THAT(refusal<C>({{"_class_name", "FluxTransformer2DModel"}}),
              names("_class_name", "FluxTransformer2DModel"));
  EXPECT_THAT(refusal<C>({{"num_layers", "many"}}), names("num_layers", "\"many\""));
  EXPECT_THAT(refusal<C>({{"num_layers", 0}}), names("num_layers", "0"));
  EXPECT_THAT(refusal<C>({{"num_layers", -3}}), names("num_layers", "-3"));
  EXPECT_THAT(refusal<C>({{"num_layers", 2000000000}}), names("num_layers", "2000000000"));
  EXPECT_THAT(refusal<C>({{"num_layers", 1.5}}), names("num_layers", "1.5"));
  EXPECT_THAT(refusal<C>({{"num_layers", nullptr}}), names("num_layers", "null"));
  EXPECT_THAT(refusal<C>({{"cross_attn_norm", 1}}), names("cross_attn_norm", "true or false"));
  EXPECT_THAT(refusal<C>({{"eps", 0}}), names("eps", "above 0"));
  EXPECT_THAT(refusal<C>({{"patch_size", {2, 2}}}), names("patch_size", "three"));
  EXPECT_THAT(refusal<C>({{"patch_size", 2}}), names("patch_size", "a list"));
  EXPECT_THAT(refusal<C>({{"attention_head_dim", 9}}), names("attention_head_dim", "even"));
  EXPECT_THAT(refusal<C>({{"freq_dim", 9}}), names("freq_dim", "even"));
  EXPECT_THAT(refusal<C>({{"num_attention_heads", 4096}, {"attention_head_dim", 4096}}),
              names("num_attention_heads", "16777216"));
}

TEST(TransformerConfig, RefusesImageToVideo) {
  EXPECT_THAT(refusal<TransformerConfig>({{"image_dim", 1280}}), names("image_dim", "image-to-video"));
  EXPECT_THAT(refusal<TransformerConfig>({{"added_kv_proj_dim", 5120}}),
              names("added_kv_proj_dim", "image-to-video"));
}

TEST(VaeConfig, DefaultsAreWan21) {
  const auto config = VaeConfig::from(file(json::object()));
  EXPECT_EQ(config.decoder_base_dim, 96);
  EXPECT_EQ(config.scale_factor_spatial, 8);
  EXPECT_EQ(config.scale_factor_temporal, 4);
  EXPECT_EQ(config.patch_size, 1);
  EXPECT_EQ(config.latents_mean.size(), 16u);
  EXPECT_EQ(config.latents_std.back(), 1.9160);
}

TEST(VaeConfig, NullDecoderBaseDimFollowsBaseDim) {
  EXPECT_EQ(VaeConfig::from(file({{"base_dim", 8}, {"decoder_base_dim", nullptr}})).decoder_base_dim, 8);
  EXPECT_EQ(VaeConfig::from(file({{"base_dim", 8}})).decoder_base_dim, 8);
  EXPECT_EQ(VaeConfig::from(file({{"base_dim", 8}, {"decoder_base_dim", 12}})).decoder_base_dim, 12);
}

json wan22() {
  return {
      {"base_dim", 4},         {"decoder_base_dim", 8},     {"z_dim", 2},        {"latents_mean", {0, 0.5}},
      {"latents_std", {1, 2}}, {"is_residual", true},       {"in_channels", 12}, {"out_channels", 12},
      {"patch_size", 2},       {"scale_factor_spatial", 16}};
}

TEST(VaeConfig, ReadsWan22) {
  const auto config = VaeConfig::from(file(wan22()));
  EXPECT_TRUE(config.is_residual);
  EXPECT_EQ(config.patch_size, 2);
  EXPECT_EQ(config.decoder_base_dim, 8);
  EXPECT_THAT(config.latents_mean, ElementsAre(0, 0.5));
}

std::string changed(const char* key, json value) {
  json object = wan22();
  object[key] = std::move(value);
  return refusal<VaeConfig>(object);
}

TEST(VaeConfig, RefusesContradictions) {
  EXPECT_THAT(changed("scale_factor_spatial", 8), names("scale_factor_spatial", "make it 16"));
  EXPECT_THAT(changed("scale_factor_temporal", 8), names("scale_factor_temporal", "makes it 4"));
  EXPECT_THAT(changed("temperal_downsample", {true}), names("temperal_downsample", "3 entries"));
  EXPECT_THAT(changed("dim_mult", json::array()), names("dim_mult", "levels"));
  EXPECT_THAT(changed("dim_mult", {1, 3, 4, 7}), names("dim_mult", "shortcut"));
  EXPECT_THAT(changed("in_channels", 3), names("in_channels", "12"));
  EXPECT_THAT(changed("out_channels", 3), names("out_channels", "12"));
  EXPECT_THAT(changed("z_dim", 3), names("latents_mean", "2 values for z_dim 3"));
  EXPECT_THAT(changed("latents_std", {1, 0}), names("latents_std", "above 0"));
  EXPECT_THAT(changed("latents_mean", {1, "x"}), names("latents_mean", "numbers"));
  EXPECT_THAT(changed("attn_scales", {0.5}), names("attn_scales", "not supported"));
  EXPECT_THAT(changed("is_residual", "yes"), names("is_residual", "\"yes\""));
  EXPECT_THAT(changed("_class_name", "AutoencoderKL"), names("_class_name", "AutoencoderKL"));
}

TEST(TextEncoderConfig, ReadsUmt5AndRefusesItsCousins) {
  using C = TextEncoderConfig;
  const auto config = C::from(file({{"model_type", "umt5"}, {"d_model", 8}, {"num_heads", 3}, {"d_kv", 5}}));
  EXPECT_EQ(config.inner_dim(), 15);
  EXPECT_EQ(config.vocab_size, 250112);
  EXPECT_EQ(config.layer_norm_epsilon, 1e-6);
  EXPECT_THAT(refusal<C>({{"model_type", "t5"}}), names("model_type", "\"t5\""));
  EXPECT_THAT(refusal<C>({{"feed_forward_proj", "relu"}}), names("feed_forward_proj", "gated-gelu"));
  EXPECT_THAT(refusal<C>({{"d_ff", {}}}), names("d_ff", "integer"));
}

json unipc() {
  return {{"prediction_type", "flow_prediction"}, {"use_flow_sigmas", true}, {"flow_shift", 5}};
}

std::string unipc_refusal(const char* key, json value) {
  json object = unipc();
  object[key] = std::move(value);
  return refusal<SchedulerConfig>(object, kUniPcScheduler);
}

TEST(SchedulerConfig, ReadsUniPc) {
  json object = unipc();
  object.update({{"solver_order", 3},
                 {"disable_corrector", {0, 1}},
                 {"lower_order_final", false},
                 {"final_sigmas_type", "sigma_min"},
                 {"solver_type", "heun"},
                 {"shift_terminal", nullptr},
                 {"beta_schedule", "anything"}});
  const auto config = SchedulerConfig::from(file(object), kUniPcScheduler);
  EXPECT_TRUE(config.is_unipc());
  EXPECT_EQ(config.flow_shift, 5);
  EXPECT_EQ(config.solver_order, 3);
  EXPECT_EQ(config.solver_type, "bh2");
  EXPECT_FALSE(config.lower_order_final);
  EXPECT_THAT(config.disable_corrector, ElementsAre(0, 1));
  EXPECT_EQ(config.num_train_timesteps, 1000);
}

TEST(SchedulerConfig, RefusesWhatEndsInNaN) {
  EXPECT_THAT(unipc_refusal("solver_type", "bh1"), HasSubstr("no finite result"));
  EXPECT_THAT(unipc_refusal("lower_order_final", false), HasSubstr("no finite result"));
}

TEST(SchedulerConfig, ReadsEuler) {
  const auto config = SchedulerConfig::from(file({{"shift", 3}, {"flow_shift", 9}}), kEulerScheduler);
  EXPECT_FALSE(config.is_unipc());
  EXPECT_EQ(config.flow_shift, 3);
}

TEST(SchedulerConfig, RefusesWhatWouldChangeTheResult) {
  for (const char* key : {"use_dynamic_shifting", "use_karras_sigmas", "use_exponential_sigmas",
                          "use_beta_sigmas", "thresholding"}) {
    EXPECT_THAT(unipc_refusal(key, true), names(key, "true is not supported"));
  }
  EXPECT_THAT(unipc_refusal("shift_terminal", 0.1), names("shift_terminal", "0.1"));
  EXPECT_THAT(unipc_refusal("predict_x0", false), names("predict_x0", "false"));
  EXPECT_THAT(unipc_refusal("prediction_type", "epsilon"), names("prediction_type", "epsilon"));
  EXPECT_THAT(unipc_refusal("use_flow_sigmas", false), names("use_flow_sigmas", "false"));
  EXPECT_THAT(unipc_refusal("solver_type", "bh3"), names("solver_type", "bh3"));
  EXPECT_THAT(unipc_refusal("solver_order", 4), names("solver_order", "4"));
  EXPECT_THAT(unipc_refusal("final_sigmas_type", "one"), names("final_sigmas_type", "one"));
  EXPECT_THAT(unipc_refusal("flow_shift", 0), names("flow_shift", "above 0"));
  EXPECT_THAT(unipc_refusal("disable_corrector", {0.5}), names("disable_corrector", "steps"));
  EXPECT_THAT(refusal<SchedulerConfig>(json{{"invert_sigmas", true}}, kEulerScheduler),
              names("invert_sigmas", "true"));
  EXPECT_THAT(refusal<SchedulerConfig>(json{{"stochastic_sampling", true}}, kEulerScheduler),
              names("stochastic_sampling", "true"));
}

TEST(SchedulerConfig, DefaultsOfTheReferenceCountToo) {
  EXPECT_THAT(refusal<SchedulerConfig>(json::object(), kUniPcScheduler),
              names("prediction_type", "\"epsilon\" (the default)"));
}

TEST(SchedulerConfig, TheIndexNamesTheClass) {
  EXPECT_THAT(refusal<SchedulerConfig>(json{{"_class_name", "DDIMScheduler"}}, kEulerScheduler),
              names("_class_name", "DDIMScheduler"));
}

json index() {
  return {{"_class_name", "WanPipeline"},
          {"tokenizer", {"transformers", "T5TokenizerFast"}},
          {"text_encoder", {"transformers", "UMT5EncoderModel"}},
          {"transformer", {"diffusers", "WanTransformer3DModel"}},
          {"vae", {"diffusers", "AutoencoderKLWan"}},
          {"scheduler", {"diffusers", "UniPCMultistepScheduler"}}};
}

std::string index_refusal(const char* key, json value) {
  json object = index();
  object[key] = std::move(value);
  return refusal<ModelIndex>(object);
}

TEST(ModelIndex, ReadsOneTransformer) {
  json object = index();
  object.update({{"transformer_2", {nullptr, nullptr}}, {"boundary_ratio", nullptr}});
  const auto read = ModelIndex::from(file(object));
  EXPECT_FALSE(read.has_transformer_2);
  EXPECT_FALSE(read.boundary_ratio);
  EXPECT_FALSE(read.expand_timesteps);
  EXPECT_EQ(read.scheduler, kUniPcScheduler);
}

TEST(ModelIndex, ReadsTwoTransformers) {
  json object = index();
  object.update({{"transformer_2", {"diffusers", "WanTransformer3DModel"}}, {"boundary_ratio", 0.875}});
  const auto read = ModelIndex::from(file(object));
  EXPECT_TRUE(read.has_transformer_2);
  EXPECT_EQ(read.boundary_ratio, 0.875);
}

TEST(ModelIndex, ASecondTransformerWithoutBoundaryIsNeverUsed) {
  json object = index();
  object["transformer_2"] = {"diffusers", "WanTransformer3DModel"};
  EXPECT_FALSE(ModelIndex::from(file(object)).has_transformer_2);
}

TEST(ModelIndex, UnknownClassesNameWhatIsSupported) {
  EXPECT_THAT(index_refusal("_class_name", "WanImageToVideoPipeline"),
              names("WanImageToVideoPipeline", "supported: WanPipeline"));
  EXPECT_THAT(index_refusal("transformer", {"diffusers", "WanVACETransformer3DModel"}),
              names("transformer", "supported: WanTransformer3DModel"));
  EXPECT_THAT(index_refusal("transformer_2", {"diffusers", "Other"}),
              names("transformer_2", "WanTransformer3DModel"));
  EXPECT_THAT(index_refusal("vae", {"diffusers", "AutoencoderKL"}), names("vae", "AutoencoderKLWan"));
  EXPECT_THAT(index_refusal("text_encoder", {"transformers", "T5EncoderModel"}),
              names("text_encoder", "UMT5EncoderModel"));
  EXPECT_THAT(index_refusal("tokenizer", {"transformers", "CLIPTokenizer"}),
              names("tokenizer", "T5TokenizerFast, T5Tokenizer"));
  EXPECT_THAT(index_refusal("scheduler", {"diffusers", "DDIMScheduler"}),
              names("scheduler", "UniPCMultistepScheduler, FlowMatchEulerDiscreteScheduler"));
}

TEST(ModelIndex, RefusesContradictions) {
  EXPECT_THAT(index_refusal("vae", nullptr), names("vae", "missing"));
  EXPECT_THAT(index_refusal("vae", "AutoencoderKLWan"), names("vae", "[library, class]"));
  EXPECT_THAT(index_refusal("boundary_ratio", 0.9), names("boundary_ratio", "no transformer_2"));
  EXPECT_THAT(index_refusal("boundary_ratio", 1.5), names("boundary_ratio", "between 0 and 1"));
  EXPECT_THAT(index_refusal("boundary_ratio", "half"), names("boundary_ratio", "number"));
  EXPECT_THAT(index_refusal("expand_timesteps", 1), names("expand_timesteps", "true or false"));
}

TEST(ConfigFile, NamesMissingAndBrokenFiles) {
  const TestFolder folder;
  const auto path = folder / "config.json";
  EXPECT_THAT(error_of([&] { (void)ConfigFile::read(path); }),
              AllOf(HasSubstr(path.string()), HasSubstr("missing")));
  for (const char* text : {"", "[1]", "{\"a\":}", "{\"a\":1,\"a\":2}"}) {
    write_file(path, text);
    EXPECT_THAT(error_of([&] { (void)ConfigFile::read(path); }), HasSubstr(path.string())) << text;
  }
}

}  // namespace
}  // namespace clipmill
