#include "model/lora_file.h"

#include <cmath>

#include "base/error.h"
#include "model/tensor_io.h"

namespace clipmill {
namespace {

class LayerReader {
 public:
  LayerReader(const SafetensorsFile& file, const LoraTensors& tensors) : file_(file), tensors_(tensors) {}

  LoraLayer read() const {
    LoraLayer layer;
    if (tensors_.down) {
      layer.a = copy(*tensors_.down).flatten(1);
      layer.b = copy(*tensors_.up).flatten(1);
      layer.scale = scale(layer.a.size(0));
    }
    if (tensors_.weight_delta) layer.weight_delta = copy(*tensors_.weight_delta);
    layer.bias_delta = bias_delta(layer.scale);
    return layer;
  }

 private:
  at::Tensor copy(const TensorInfo& info) const { return mapped_tensor(file_, info).clone(); }

  double scale(std::int64_t rank) const {
    const double r = static_cast<double>(rank);
    return alpha().value_or(r) / (tensors_.rank_stabilized ? std::sqrt(r) : r);
  }

  std::optional<double> alpha() const {
    if (!tensors_.alpha) return tensors_.named_alpha;
    const double value = copy(*tensors_.alpha).to(at::kDouble).item<double>();
    if (!std::isfinite(value))
      throw input_error("{}: \"{}\" is {}", file_.path().string(), tensors_.alpha->name, value);
    return value;
  }

  /// B's own bias is scaled as B is, a difference is not.
  at::Tensor bias_delta(double scale) const {
    at::Tensor delta;
    if (tensors_.up_bias) delta = copy(*tensors_.up_bias).to(at::kFloat) * scale;
    if (!tensors_.bias_delta) return delta;
    const at::Tensor difference = copy(*tensors_.bias_delta).to(at::kFloat);
    return delta.defined() ? delta + difference : difference;
  }

  const SafetensorsFile& file_;
  const LoraTensors& tensors_;
};

LoraLayers read_layers(const SafetensorsFile& file, const LoraLayout& layout) {
  LoraLayers layers;
  for (const auto& [name, tensors] : layout) layers.emplace(name, LayerReader(file, tensors).read());
  return layers;
}

}  // namespace

LoraFile read_lora(const std::filesystem::path& path, const ModelFolder& model, LoraPlace place) {
  const SafetensorsFile file(path);
  LoraLayouts layouts = read_lora_layouts(file, model, place);
  return {read_layers(file, layouts.transformer), read_layers(file, layouts.transformer_2),
          std::move(layouts.ignored)};
}

}  // namespace clipmill
