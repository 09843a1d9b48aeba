// make_checkpoint CONFIGS TOKENIZER TARGET
// A checkpoint with random bf16 weights for the configurations in CONFIGS, in the published layout: the text
// encoder in 5 shards, the transformer in 2, the VAE in one file. Holds one block of values in memory, never
// a tensor.
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <vector>

#include "base/atomic_file.h"
#include "base/error.h"
#include "checkpoint/layout.h"
#include "checkpoint/safetensors_writer.h"
#include "random_values.h"

namespace fs = std::filesystem;

namespace clipmill {
namespace {

struct Component {
  fs::path folder;
  std::string stem;
  std::vector<TensorSpec> layout;
  std::size_t shards;
};

bool ends_with(const std::string& text, std::string_view end) { return text.ends_with(end); }

/// Sane values: scales around one, small biases, matrices that keep the size of what passes through.
Range range_of(const TensorSpec& tensor) {
  const std::string& name = tensor.name;
  const bool scale = name.find("norm") != std::string::npos && ends_with(name, "weight");
  if (scale || ends_with(name, "gamma")) return {1.0F, 0.1F};
  if (ends_with(name, "bias") || ends_with(name, "scale_shift_table")) return {0.0F, 0.1F};
  if (name == "shared.weight") return {0.0F, 1.7F};
  const std::int64_t fan_in = numel(tensor.shape) / tensor.shape[0];
  const float spread = std::sqrt(3.0F / static_cast<float>(fan_in));
  // UMT5 does not scale its attention scores.
  return {0.0F, name.find("SelfAttention.q") != std::string::npos ? spread / 8 : spread};
}

void write_tensor(SafetensorsWriter& writer, const TensorSpec& tensor, RandomValues& random) {
  std::vector<std::uint16_t> block(std::size_t{1} << 20);
  auto left = static_cast<std::size_t>(numel(tensor.shape));
  while (left > 0) {
    const auto part = std::span(block).first(std::min(left, block.size()));
    random.fill(part, range_of(tensor));
    writer.write(std::as_bytes(part));
    left -= part.size();
  }
}

void write_shard(const fs::path& path, std::span<const TensorSpec> tensors, RandomValues& random) {
  std::vector<TensorInfo> infos;
  for (const TensorSpec& tensor : tensors) infos.push_back({tensor.name, DType::kBF16, tensor.shape});
  SafetensorsWriter writer(path, infos);
  for (const TensorSpec& tensor : tensors) write_tensor(writer, tensor, random);
  writer.commit();
  fmt::print("{}\n", path.string());
  std::fflush(stdout);
}

/// Where each shard ends: as equal in parameters as whole tensors allow.
std::vector<std::size_t> shard_ends(const Component& component) {
  const double target =
      static_cast<double>(parameter_count(component.layout)) / static_cast<double>(component.shards);
  std::vector<std::size_t> ends;
  double filled = 0;
  for (std::size_t i = 0; i < component.layout.size(); ++i) {
    filled += static_cast<double>(numel(component.layout[i].shape));
    if (filled >= target * static_cast<double>(ends.size() + 1) - 0.5) ends.push_back(i + 1);
  }
  return ends;
}

std::string shard_name(const Component& component, std::size_t number) {
  if (component.shards == 1) return component.stem + ".safetensors";
  return fmt::format("{}-{:05}-of-{:05}.safetensors", component.stem, number, component.shards);
}

void write_component(const Component& component, RandomValues& random) {
  nlohmann::json weight_map;
  std::size_t begin = 0, number = 0;
  for (const std::size_t end : shard_ends(component)) {
    const std::string file = shard_name(component, ++number);
    const auto tensors = std::span(component.layout).subspan(begin, end - begin);
    write_shard(component.folder / file, tensors, random);
    for (const TensorSpec& tensor : tensors) weight_map[tensor.name] = file;
    begin = end;
  }
  if (component.shards == 1) return;
  const nlohmann::json index = {{"metadata", {{"total_size", 2 * parameter_count(component.layout)}}},
                                {"weight_map", weight_map}};
  write_file(component.folder / (component.stem + ".safetensors.index.json"), index.dump(2));
}

void make_checkpoint(const fs::path& configs, const fs::path& tokenizer, const fs::path& target) {
  fs::create_directories(target);
  fs::copy(configs, target, fs::copy_options::recursive | fs::copy_options::overwrite_existing);
  fs::copy(tokenizer, target / "tokenizer",
           fs::copy_options::recursive | fs::copy_options::overwrite_existing);
  const auto text = text_encoder_layout(TextEncoderConfig::read(configs / "text_encoder/config.json"));
  const auto transformer = transformer_layout(TransformerConfig::read(configs / "transformer/config.json"));
  const auto vae = vae_layout(VaeConfig::read(configs / "vae/config.json"));
  RandomValues random(1);
  write_component({target / "text_encoder", "model", text, 5}, random);
  write_component({target / "transformer", "diffusion_pytorch_model", transformer, 2}, random);
  write_component({target / "vae", "diffusion_pytorch_model", vae, 1}, random);
}

}  // namespace
}  // namespace clipmill

int main(int argc, char** argv) {
  if (argc != 4) {
    std::fprintf(stderr, "usage: make_checkpoint CONFIGS TOKENIZER TARGET\n");
    return 2;
  }
  try {
    clipmill::make_checkpoint(argv[1], argv[2], argv[3]);
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "make_checkpoint: %s\n", error.what());
    return 1;
  }
}
