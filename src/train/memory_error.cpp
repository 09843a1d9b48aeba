#include "train/memory_error.h"

#include "base/units.h"

namespace clipmill {
namespace {

std::string_view remedies(Stage stage) {
  switch (stage) {
    case Stage::kTrainVae:
      return "more memory, or less need: a larger train_vae.accumulate, a smaller train_vae.batch (or "
             "\"auto\"), "
             "shorter clips in train_vae.buckets, precision = \"bf16\"";
    case Stage::kTrainTransformer:
      return "more memory, or less need: segments = \"auto\", a larger train_transformer.accumulate, a "
             "smaller "
             "train_transformer.batch (or \"auto\"), precision = \"bf16\"";
    case Stage::kDenoise:
      return "more memory, or less need: a smaller size, fewer frames, precision bf16";
    default:
      return "more memory, or less need: fewer or smaller clips (data.clips, data.buckets)";
  }
}

}  // namespace

Error memory_error(Stage stage, std::string_view what, std::int64_t budget, std::string_view kept) {
  const std::string given = budget > 0 ? fmt::format("the {} of memory it was given", format_bytes(budget))
                                       : std::string("the device's memory");
  return Error(ErrorKind::kOutOfMemory,
               fmt::format("{}: {} did not fit {}{}", to_string(stage), what, given, kept),
               std::string(remedies(stage)));
}

}  // namespace clipmill
