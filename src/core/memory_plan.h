// How the stages of a clip use device memory. Defaults are the fastest; every other choice takes less memory
// and gives the same clip, to rounding, unless it says that it is approximate.
#pragma once

#include <cstdint>

namespace clipmill {

struct EncodeTextPlan {
  bool streamed =
      false;  ///< one layer's weights at a time, copied from host memory while the one before computes

  bool operator==(const EncodeTextPlan&) const = default;
};

struct DenoisePlan {
  bool streamed = false;  ///< one block's weights at a time, for both passes of guidance
  int chunks = 1;         ///< of a block's tokens, one after the other, wherever tokens do not see each other

  /// The blocks' linear weights in 8 bits a value. Approximate: another clip, a little. Only where a job
  /// allows it.
  bool int8 = false;

  bool operator==(const DenoisePlan&) const = default;
};

/// Whether both prompts of a guided clip go through the transformer as one batch: where the clip is so small
/// (`values`: its tokens times the transformer's width) that the number of operations takes the time, and not
/// their size.
constexpr bool prompts_together(const DenoisePlan& plan, std::int64_t values) {
  return !plan.streamed && plan.chunks == 1 && values <= std::int64_t{1} << 17;
}

struct DecodePlan {
  int strips =
      1;  ///< of a frame's rows, at the decoder's finest level; above 1 its caches wait in host memory

  bool operator==(const DecodePlan&) const = default;
};

struct MemoryPlan {
  bool resident = true;  ///< components stay for the next clip; else each is released after its last use
  EncodeTextPlan encode_text;
  DenoisePlan denoise;
  DecodePlan decode;

  bool operator==(const MemoryPlan&) const = default;
};

}  // namespace clipmill
