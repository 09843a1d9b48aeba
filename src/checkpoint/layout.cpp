#include "checkpoint/layout.h"

#include <fmt/ranges.h>

#include <set>

#include "base/error.h"

namespace clipmill {
namespace {

constexpr std::string_view kEmbedding = "shared.weight";
constexpr std::string_view kEmbeddingAlias = "encoder.embed_tokens.weight";
constexpr std::size_t kShown = 5;

/// Left behind by conversion scripts; the reference ignores them too.
bool is_harmless(std::string_view name) {
  return name.find("norm_added_q") != std::string_view::npos ||
         name == "decoder.block.0.layer.1.EncDecAttention.relative_attention_bias.weight";
}

/// The complaint about one tensor; empty if it is as it should be.
std::string complaint(const Located& found, const TensorSpec& spec, std::string_view name) {
  if (!found) return fmt::format("\"{}\" {} is missing", name, format_shape(spec.shape));
  if (found.info->shape != spec.shape) {
    return fmt::format("\"{}\" must be {}, not {}", name, format_shape(spec.shape),
                       format_shape(found.info->shape));
  }
  if (!is_floating(found.info->dtype)) {
    return fmt::format("\"{}\" is {}, not a floating type", name, to_string(found.info->dtype));
  }
  return {};
}

class LayoutCheck {
 public:
  explicit LayoutCheck(const TensorSource& source) : source_(source) {}

  void require(const TensorSpec& spec) {
    const bool alias = spec.name == kEmbedding && source_.find(kEmbeddingAlias);
    if (alias) note(kEmbeddingAlias, spec);
    if (!alias || source_.find(spec.name)) note(spec.name, spec);
  }

  void refuse_surplus() {
    for (const std::string& name : source_.names()) {
      if (!seen_.contains(name) && !is_harmless(name))
        complain(fmt::format("\"{}\" is not part of it", name));
    }
  }

  void finish(std::string_view component) const {
    if (count_ == 0) return;
    const std::string more =
        count_ > shown_.size() ? fmt::format("; and {} more", count_ - shown_.size()) : "";
    throw Error(ErrorKind::kInput,
                fmt::format("{} ({}) does not fit its config.json: {}{}", component,
                            source_.folder().string(), fmt::join(shown_, "; "), more),
                "weights and configuration come from different models, or the download is incomplete");
  }

 private:
  void note(std::string_view name, const TensorSpec& spec) {
    seen_.emplace(name);
    if (std::string text = complaint(source_.find(name), spec, name); !text.empty())
      complain(std::move(text));
  }

  void complain(std::string text) {
    if (++count_ <= kShown) shown_.push_back(std::move(text));
  }

  const TensorSource& source_;
  std::set<std::string, std::less<>> seen_;
  std::vector<std::string> shown_;
  std::size_t count_ = 0;
};

}  // namespace

bool kept_in_fp32(std::string_view name) {
  for (const std::string_view part : {"time_embedder", "scale_shift_table", "norm1", "norm2", "norm3"}) {
    const auto at = name.find(part);
    if (at == std::string_view::npos) continue;
    const bool starts = at == 0 || name[at - 1] == '.';
    const bool ends = at + part.size() == name.size() || name[at + part.size()] == '.';
    if (starts && ends) return true;
  }
  return false;
}

std::int64_t parameter_count(const std::vector<TensorSpec>& layout) {
  std::int64_t count = 0;
  for (const TensorSpec& spec : layout) count += numel(spec.shape);
  return count;
}

void check_layout(const TensorSource& source, const std::vector<TensorSpec>& layout,
                  std::string_view component) {
  LayoutCheck check(source);
  for (const TensorSpec& spec : layout) check.require(spec);
  check.refuse_surplus();
  check.finish(component);
}

}  // namespace clipmill
