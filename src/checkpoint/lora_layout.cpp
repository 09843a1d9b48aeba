#include "checkpoint/lora_layout.h"

#include "base/error.h"
#include "base/text.h"
#include "checkpoint/lora_metadata.h"

namespace clipmill {
namespace {

using Shape = std::vector<std::int64_t>;

/// Where each role is kept.
const TensorInfo* LoraTensors::* member_of(LoraRole role) {
  static const std::map<LoraRole, const TensorInfo * LoraTensors::*> kMembers = {
      {LoraRole::kDown, &LoraTensors::down},
      {LoraRole::kUp, &LoraTensors::up},
      {LoraRole::kUpBias, &LoraTensors::up_bias},
      {LoraRole::kAlpha, &LoraTensors::alpha},
      {LoraRole::kWeightDelta, &LoraTensors::weight_delta},
      {LoraRole::kBiasDelta, &LoraTensors::bias_delta},
  };
  return kMembers.at(role);
}

/// Shapes of one transformer's parameters.
class Shapes {
 public:
  explicit Shapes(const std::vector<TensorSpec>& layout) {
    for (const TensorSpec& spec : layout) shapes_.emplace(spec.name, spec.shape);
  }
  /// nullptr if there is none.
  const Shape* of(const std::string& name) const {
    const auto found = shapes_.find(name);
    return found == shapes_.end() ? nullptr : &found->second;
  }

 private:
  std::map<std::string, Shape> shapes_;
};

/// Holds one layer's tensors against the layer; every complaint names file and key.
class LayerCheck {
 public:
  LayerCheck(const SafetensorsFile& file, const std::string& layer, const Shapes& shapes)
      : file_(file),
        weight_(shapes.of(layer + ".weight")),
        bias_(shapes.of(layer + ".bias")),
        table_(shapes.of(layer)) {}

  void check(const LoraTensors& tensors) const {
    check_floating(tensors);
    check_pair(tensors);
    if (tensors.down) check_shapes(*tensors.down, *tensors.up);
    if (tensors.weight_delta) expect(*tensors.weight_delta, weight_ ? weight_ : table_);
    for (const TensorInfo* bias : {tensors.up_bias, tensors.bias_delta}) {
      if (bias) expect(*bias, bias_);
    }
  }

 private:
  Error error(const TensorInfo& info, std::string_view what, std::string hint) const {
    return Error(ErrorKind::kInput,
                 fmt::format("{}: \"{}\" {}", file_.path().string(), shorten(info.name, 200), what),
                 std::move(hint));
  }

  void check_floating(const LoraTensors& tensors) const {
    for (const TensorInfo* info :
         {tensors.down, tensors.up, tensors.up_bias, tensors.weight_delta, tensors.bias_delta}) {
      if (info && !is_floating(info->dtype))
        throw error(*info, fmt::format("is {}, not a floating type", to_string(info->dtype)), "");
    }
    if (tensors.alpha && tensors.alpha->numel() != 1)
      throw error(*tensors.alpha,
                  fmt::format("must be one number, not {}", format_shape(tensors.alpha->shape)), "");
  }

  void check_pair(const LoraTensors& tensors) const {
    if (tensors.down && tensors.up) return;
    if (tensors.down) throw incomplete(*tensors.down, "its lora_B (or lora_up)");
    if (tensors.up) throw incomplete(*tensors.up, "its lora_A (or lora_down)");
    for (const TensorInfo* lone : {tensors.up_bias, tensors.alpha}) {
      if (lone) throw incomplete(*lone, "what it belongs to");
    }
  }

  Error incomplete(const TensorInfo& info, std::string_view missing) const {
    return error(info, fmt::format("stands alone: {} is missing", missing),
                 "the file is incomplete: fetch it again");
  }

  void check_shapes(const TensorInfo& down, const TensorInfo& up) const {
    if (!weight_) throw error(down, "is for a table, not a layer", kOther);
    const std::int64_t rank = down.shape.empty() ? 0 : down.shape.front();
    Shape in = *weight_, out = Shape(weight_->size(), 1);
    in.front() = rank;
    out[0] = weight_->front();
    out[1] = rank;
    if (rank < 1) throw error(down, "has no rank", kOther);
    expect(down, &in);
    expect(up, &out);
  }

  void expect(const TensorInfo& info, const Shape* shape) const {
    if (!shape) throw error(info, "changes what the layer does not have", kOther);
    if (info.shape != *shape) {
      throw error(info, fmt::format("must be {}, not {}", format_shape(*shape), format_shape(info.shape)),
                  kOther);
    }
  }

  static constexpr const char* kOther = "the LoRA was made for another model";

  const SafetensorsFile& file_;
  const Shape *weight_, *bias_, *table_;
};

class LayoutsReader {
 public:
  explicit LayoutsReader(const SafetensorsFile& file) : file_(file) {}

  void sort_in(const LoraNames& names) {
    for (const TensorInfo& info : file_.tensors()) {
      try {
        place(names.parse(info.name), info);
      } catch (const Error& error) {
        throw Error(error.kind(), fmt::format("{}: {}", file_.path().string(), error.what()), error.hint());
      }
    }
  }

  void check(LoraLayout& layout, const Shapes& shapes, std::string_view prefix) const {
    const LoraMetadata metadata(file_, prefix);
    for (auto& [layer, tensors] : layout) {
      LayerCheck(file_, layer, shapes).check(tensors);
      tensors.named_alpha = metadata.alpha(layer);
      tensors.rank_stabilized = metadata.rank_stabilized();
    }
  }

  LoraLayouts& layouts() { return layouts_; }

 private:
  void place(const LoraKey& key, const TensorInfo& info) {
    if (key.role == LoraRole::kIgnored) return layouts_.ignored.push_back(info.name);
    LoraLayout& layout = key.transformer == 0 ? layouts_.transformer : layouts_.transformer_2;
    const TensorInfo*& known = layout[key.layer].*member_of(key.role);
    if (known) throw input_error("\"{}\" and \"{}\" say the same", known->name, info.name);
    known = &info;
  }

  const SafetensorsFile& file_;
  LoraLayouts layouts_;
};

}  // namespace

LoraLayouts read_lora_layouts(const SafetensorsFile& file, const std::vector<TensorSpec>& transformer,
                              const std::vector<TensorSpec>* transformer_2) {
  LayoutsReader reader(file);
  reader.sort_in(LoraNames(transformer));
  LoraLayouts& layouts = reader.layouts();
  const std::string path = file.path().string();
  if (layouts.transformer.empty() && layouts.transformer_2.empty())
    throw Error(ErrorKind::kInput, fmt::format("{}: nothing in it to apply", path),
                "name a LoRA of a Wan model");
  if (!layouts.transformer_2.empty() && !transformer_2)
    throw Error(ErrorKind::kInput,
                fmt::format("{}: holds a LoRA of transformer_2, which the model does not have", path),
                "the LoRA was made for a model with two transformers");
  reader.check(layouts.transformer, Shapes(transformer), "transformer.");
  if (transformer_2) reader.check(layouts.transformer_2, Shapes(*transformer_2), "transformer_2.");
  return std::move(layouts);
}

LoraLayouts read_lora_layouts(const SafetensorsFile& file, const ModelFolder& model, LoraPlace place) {
  const auto first = transformer_layout(model.transformer_config());
  if (place == LoraPlace::kTransformer && !model.transformer_2_config())
    return read_lora_layouts(file, first, nullptr);
  if (!model.transformer_2_config()) {
    throw Error(ErrorKind::kInput,
                fmt::format("{}: {} has one transformer", file.path().string(), model.path().string()),
                "use lora instead of lora_2");
  }
  const auto second = transformer_layout(*model.transformer_2_config());
  if (place == LoraPlace::kTransformer) return read_lora_layouts(file, first, &second);
  LoraLayouts layouts = read_lora_layouts(file, second, &second);
  if (layouts.transformer_2.empty()) layouts.transformer_2 = std::move(layouts.transformer);
  layouts.transformer.clear();
  return layouts;
}

}  // namespace clipmill
