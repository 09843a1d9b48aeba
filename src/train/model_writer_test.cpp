#include "train/model_writer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>

#include <limits>

#include "base/atomic_file.h"
#include "checkpoint/layout.h"
#include "checkpoint/model_folder.h"
#include "checkpoint/test_folder.h"
#include "model/tensor_io.h"

namespace clipmill {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using testing::AllOf;
using testing::HasSubstr;
using testing::UnorderedElementsAre;

NamedTensors random_tensors(const std::vector<TensorSpec>& layout) {
  NamedTensors tensors;
  for (const TensorSpec& spec : layout) tensors.emplace_back(spec.name, at::randn(spec.shape) * 0.1);
  return tensors;
}

ModelParts small_parts(bool residual = false) {
  ModelParts parts;
  parts.vae_config = {.base_dim = 4, .decoder_base_dim = 4, .z_dim = 4, .num_res_blocks = 1};
  if (residual) {
    parts.vae_config.decoder_base_dim = 8;
    parts.vae_config.is_residual = true;
    parts.vae_config.patch_size = 2;
    parts.vae_config.in_channels = parts.vae_config.out_channels = 12;
    parts.vae_config.scale_factor_spatial = 16;
  }
  parts.vae_config.latents_mean = {0.1, -0.2, 0.3, 1.0 / 3};
  parts.vae_config.latents_std = {1, 2, 3, 0.7};
  parts.text_encoder_config = {
      .vocab_size = 20, .d_model = 8, .d_kv = 4, .d_ff = 16, .num_layers = 1, .num_heads = 2};
  parts.transformer_config = {.num_attention_heads = 2,
                              .attention_head_dim = 12,
                              .in_channels = 4,
                              .out_channels = 4,
                              .text_dim = 8,
                              .freq_dim = 16,
                              .ffn_dim = 32,
                              .num_layers = 1,
                              .rope_max_seq_len = 64};
  parts.vae = random_tensors(vae_layout(parts.vae_config));
  parts.text_encoder = random_tensors(text_encoder_layout(parts.text_encoder_config));
  parts.transformer = random_tensors(transformer_layout(parts.transformer_config));
  parts.tokenizer = {{"spiece.model", "pieces"}, {"tokenizer.json", "{}"}};
  return parts;
}

/// Every file of a folder, by its path in it.
std::map<std::string, std::string> files_of(const fs::path& folder) {
  std::map<std::string, std::string> files;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.is_regular_file()) files[fs::relative(entry.path(), folder).string()] = read_file(entry.path());
  }
  return files;
}

std::vector<std::string> names_in(const fs::path& folder) {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(folder)) names.push_back(entry.path().filename().string());
  return names;
}

/// No file of this process may grow beyond `bytes`, as on a full disk, until the end of the scope.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) : handler_(::signal(SIGXFSZ, SIG_IGN)) {
    ::getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit limit{bytes, before_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FileSizeLimit() {
    ::setrlimit(RLIMIT_FSIZE, &before_);
    ::signal(SIGXFSZ, handler_);
  }
  FileSizeLimit(const FileSizeLimit&) = delete;
  FileSizeLimit& operator=(const FileSizeLimit&) = delete;

 private:
  sighandler_t handler_;
  rlimit before_{};
};

TEST(ModelWriter, WritesWhatTheModelFolderReads) {
  const TestFolder folder;
  for (const bool residual : {false, true}) {
    const ModelParts parts = small_parts(residual);
    write_model(folder / "model", parts, Precision::kFp32, 3.5);
    const ModelFolder model = ModelFolder::open(folder / "model");
    EXPECT_EQ(model.vae_config().latents_mean, parts.vae_config.latents_mean);
    EXPECT_EQ(model.vae_config().is_residual, residual);
    EXPECT_EQ(model.vae_config().decoder_base_dim, parts.vae_config.decoder_base_dim);
    EXPECT_EQ(model.transformer_config().rope_max_seq_len, 64);
    EXPECT_EQ(model.text_encoder_config().vocab_size, 20);
    EXPECT_DOUBLE_EQ(model.scheduler_config().flow_shift, 3.5);
    for (const auto& [name, tensor] : parts.vae) {
      const Located found = model.vae().at(name);
      EXPECT_TRUE(at::equal(mapped_tensor(*found.file, *found.info), tensor)) << name;
    }
  }
}

TEST(ModelWriter, HasTheKeysOfTheReference) {
  const TestFolder folder;
  write_model(folder / "model", small_parts(), Precision::kFp16, 3);
  const fs::path golden = fs::path(CLIPMILL_SOURCE_DIR) / "tests/golden/models/wan21";
  for (const char* file : {"model_index.json", "vae/config.json", "transformer/config.json",
                           "text_encoder/config.json", "scheduler/scheduler_config.json"}) {
    const json ours = json::parse(read_file(folder / "model" / file));
    const json theirs = json::parse(read_file(golden / file));
    for (const auto& [key, value] : theirs.items()) EXPECT_TRUE(ours.contains(key)) << file << ": " << key;
    for (const auto& [key, value] : ours.items()) EXPECT_TRUE(theirs.contains(key)) << file << ": " << key;
  }
  const json vae = json::parse(read_file(folder / "model" / "vae/config.json"));
  EXPECT_TRUE(vae.at("decoder_base_dim").is_null());
  EXPECT_TRUE(vae.at("patch_size").is_null());
}

TEST(ModelWriter, StoresInTheTypeAskedFor) {
  const TestFolder folder;
  const ModelParts parts = small_parts();
  for (const auto& [precision, type, name] : {std::tuple{Precision::kFp16, at::kHalf, "float16"},
                                              std::tuple{Precision::kBf16, at::kBFloat16, "bfloat16"}}) {
    write_model(folder / "model", parts, precision, 3);
    const auto file = folder / "model" / "transformer/diffusion_pytorch_model.safetensors";
    const auto& [key, tensor] = parts.transformer.front();
    EXPECT_TRUE(at::equal(load_tensor(file, key), tensor.to(type)));
    EXPECT_EQ(json::parse(read_file(folder / "model" / "text_encoder/config.json")).at("dtype"), name);
  }
}

TEST(ModelWriter, TheSamePartsGiveTheSameBytes) {
  const TestFolder folder;
  ModelParts parts = small_parts();
  write_model(folder / "one", parts, Precision::kFp16, 3);
  std::ranges::reverse(parts.vae);
  write_model(folder / "two", parts, Precision::kFp16, 3);
  EXPECT_EQ(files_of(folder / "one"), files_of(folder / "two"));
}

TEST(ModelWriter, ReplacesTheModelAndKeepsTheRest) {
  const TestFolder folder;
  write_model(folder / "model", small_parts(), Precision::kFp32, 3);
  write_file(folder / "model" / "vae/old.txt", "stale");
  write_file(folder / "model" / "log/loss.csv", "step,loss");
  write_model(folder / "model/", small_parts(true), Precision::kFp32, 3);
  EXPECT_TRUE(ModelFolder::open(folder / "model").vae_config().is_residual);
  EXPECT_FALSE(fs::exists(folder / "model" / "vae/old.txt"));
  EXPECT_EQ(read_file(folder / "model" / "log/loss.csv"), "step,loss");
  EXPECT_THAT(names_in(folder.path()), UnorderedElementsAre("model"));
}

TEST(ModelWriter, AFullDiskLeavesTheLastModelWhole) {
  const TestFolder folder;
  write_model(folder / "model", small_parts(), Precision::kFp32, 3);
  const auto before = files_of(folder / "model");
  std::string failure;
  {
    const FileSizeLimit limit(5000);
    failure = error_of([&] { write_model(folder / "model", small_parts(true), Precision::kFp32, 3); });
  }
  EXPECT_THAT(failure, HasSubstr("cannot write"));
  EXPECT_EQ(files_of(folder / "model"), before);
  EXPECT_THAT(names_in(folder.path()), UnorderedElementsAre("model"));
}

TEST(ModelWriter, RefusesWhatCannotBeStored) {
  const TestFolder folder;
  ModelParts parts = small_parts();
  write_model(folder / "model", parts, Precision::kFp16, 3);
  const auto before = files_of(folder / "model");
  parts.transformer[2].second.view(-1)[0] = 1e6;
  const std::string name = parts.transformer[2].first;
  EXPECT_THAT(error_of([&] { write_model(folder / "model", parts, Precision::kFp16, 3); }),
              AllOf(HasSubstr(name), HasSubstr("beyond Half"), HasSubstr("bf16")));
  EXPECT_EQ(files_of(folder / "model"), before);
  write_model(folder / "model", parts, Precision::kBf16, 3);
  parts.transformer[2].second.view(-1)[0] = std::numeric_limits<float>::quiet_NaN();
  EXPECT_THAT(error_of([&] { write_model(folder / "model", parts, Precision::kBf16, 3); }),
              AllOf(HasSubstr(name), HasSubstr("NaN")));
}

TEST(ModelWriter, AMissingTensorReplacesNothing) {
  const TestFolder folder;
  ModelParts parts = small_parts();
  const std::string name = parts.vae.back().first;
  parts.vae.pop_back();
  EXPECT_THAT(error_of([&] { write_model(folder / "model", parts, Precision::kFp32, 3); }), HasSubstr(name));
  EXPECT_TRUE(names_in(folder / "model").empty());
}

}  // namespace
}  // namespace clipmill
