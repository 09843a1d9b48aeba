#include "model/vae/striped_decoder.h"

namespace clipmill {

StripedDecoder::StripedDecoder(const Decoder& decoder, int strips)
    : decoder_(decoder),
      strips_(strips),
      stem_cache_(FeatureCache::Place::kHost),
      levels_(decoder.levels() + 1) {}

at::Tensor StripedDecoder::operator()(const at::Tensor& z) {
  const bool first_chunk = stem_cache_.fresh();
  stem_cache_.rewind();
  levels_[0].input.store(decoder_.stem(z, &stem_cache_));
  std::int64_t finest = z.size(3);
  for (std::size_t i = 0; i < decoder_.levels(); ++i) finest *= decoder_.scale(i);
  for (std::size_t i = 0; i < decoder_.levels(); ++i) {
    const std::int64_t rows = levels_[i].input.rows() * decoder_.scale(i);
    run_level(i, strips_of_level(rows, finest, strips_), first_chunk, z.device());
  }
  return levels_.back().input.load(z.device());
}

void StripedDecoder::run_level(std::size_t index, std::int64_t strips, bool first_chunk, at::Device device) {
  Level& level = levels_[index];
  const std::int64_t scale = decoder_.scale(index), rows = level.input.rows();
  const std::vector<Strip> all = split_rows(rows, strips, decoder_.halo(index));
  level.caches.resize(all.size(), FeatureCache(FeatureCache::Place::kHost));
  for (std::size_t i = 0; i < all.size(); ++i) {
    const auto& [first, count, halo] = all[i];
    level.caches[i].rewind();
    const at::Tensor y = decoder_.level(
        index, level.input.load_rows(first - halo.above, halo.above + count + halo.below, device),
        &level.caches[i], first_chunk, halo);
    levels_[index + 1].input.store_rows(y, first * scale, rows * scale);
  }
}

std::int64_t strips_of_level(std::int64_t rows, std::int64_t finest_rows, std::int64_t strips) {
  const std::int64_t strip_rows = (finest_rows + strips - 1) / strips;
  return (rows + strip_rows - 1) / strip_rows;
}

}  // namespace clipmill
