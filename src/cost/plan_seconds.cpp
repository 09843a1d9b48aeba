#include "cost/plan_seconds.h"

#include <algorithm>

namespace clipmill {
namespace {

/// The order of magnitude of what a device does a second. Those of the CPU are of two cores; of GPUs, of data
/// sheets.
struct Rates {
  double operations;  ///< floating-point
  double copied;      ///< bytes of weights from host memory
  double read;   ///< bytes of weights by products: what a piece more costs at least, as it reads all again
  double piece;  ///< seconds that a block's operations on one piece take, however small it is
  double component;  ///< seconds that loading one takes, however small it is
  bool overlaps;     ///< copying leaves the cores that compute alone
};

constexpr Rates kCpu{5e10, 2e9, 1.2e10, 3e-4, 3e-3, false};
constexpr Rates kGpu{1e14, 2e10, 1e12, 1e-4, 3e-3, true};

class PlanSeconds {
 public:
  PlanSeconds(const ModelCost& model, const ClipSpec& clip, const StageSetting& setting)
      : model_(model),
        clip_(clip),
        setting_(setting),
        rates_(setting.device.starts_with("cpu") ? kCpu : kGpu) {}

  double of(Stage stage) const {
    const double seconds = stage == Stage::kEncodeText ? encode_text()
                           : stage == Stage::kDenoise  ? denoise()
                                                       : decode();
    return seconds + (setting_.plan.resident ? 0 : loading(stage));
  }

 private:
  double computing(Stage stage) const {
    return work_of(model_, clip_, stage, setting_).amount / rates_.operations;
  }

  double loading(Stage stage) const {
    MemoryPlan plan = setting_.plan;
    plan.denoise.int8 = false;  // all of it is read
    return rates_.component + load_work(model_, clip_, stage, plan).amount / rates_.copied;
  }

  double with_copies(double computing, double bytes) const {
    const double copying = bytes / rates_.copied;
    return rates_.overlaps ? std::max(computing, copying) : computing + copying;
  }

  double encode_text() const {
    const double seconds = computing(Stage::kEncodeText);
    if (!setting_.plan.encode_text.streamed) return seconds;
    const LayeredWeights& weights = model_.text_encoder_weights.at(clip_.precision);
    return with_copies(seconds, prompts(clip_) * weights.layers * weights.layer * value_bytes(clip_));
  }

  double denoise() const {
    const DenoisePlan& plan = setting_.plan.denoise;
    const LayeredWeights& weights = model_.transformer_weights.at({clip_.precision, /*int8=*/false});
    const double layer = weights.layer * value_bytes(clip_);
    const double blocks = clip_.steps * static_cast<double>(weights.layers);
    const int passes = prompts_together(plan, token_values(model_, clip_)) ? 1 : prompts(clip_);
    const double pieces = blocks * passes * plan.chunks * (rates_.piece + layer / rates_.read);
    const double seconds = computing(Stage::kDenoise) + pieces;
    return plan.streamed ? with_copies(seconds, blocks * layer) : seconds;
  }

  /// A strip computes the rows beside it that its convolutions look at, too.
  double decode() const {
    const double halo = 2 * (model_.vae.num_res_blocks + 1) + 2;
    const double more = 2 * halo * (setting_.plan.decode.strips - 1) / clip_.height;
    return computing(Stage::kDecode) * (1 + more);
  }

  const ModelCost& model_;
  const ClipSpec& clip_;
  const StageSetting& setting_;
  const Rates& rates_;
};

}  // namespace

double plan_seconds(const ModelCost& model, const ClipSpec& clip, Stage stage, const StageSetting& setting) {
  return PlanSeconds(model, clip, setting).of(stage);
}

}  // namespace clipmill
