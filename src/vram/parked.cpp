#include "vram/parked.h"

#include <c10/core/MemoryFormat.h>

#include <cstdlib>
#include <new>

#include "vram/host_block.h"

namespace clipmill {
namespace {

at::Tensor uncounted(at::IntArrayRef sizes, const at::Tensor& like) {
  constexpr auto kFormat = at::MemoryFormat::ChannelsLast3d;
  const at::TensorOptions host = like.options().device(at::kCPU);
  if (like.is_cuda()) return at::empty(sizes, host.pinned_memory(true), kFormat);
  const auto bytes = static_cast<std::size_t>(c10::multiply_integers(sizes)) * like.element_size();
  HostBlock block = host_block(bytes);
  if (!block) throw std::bad_alloc();
  return at::from_blob(block.release(), sizes, c10::get_channels_last_strides_3d(sizes), &std::free, host);
}

/// Frame by frame, each one piece of memory: what a GPU copies without a detour.
void copy_frames(const at::Tensor& target, const at::Tensor& source) {
  for (std::int64_t t = 0; t < source.size(2); ++t) target.select(2, t).copy_(source.select(2, t));
}

}  // namespace

void Parked::store(const at::Tensor& map) { store_rows(map, 0, map.size(3)); }

at::Tensor Parked::load(at::Device device) const { return load_rows(0, rows(), device); }

void Parked::store_rows(const at::Tensor& part, std::int64_t first, std::int64_t rows) {
  std::vector<std::int64_t> sizes = part.sizes().vec();
  sizes[3] = rows;
  if (!defined() || host_.sizes() != at::IntArrayRef(sizes)) {
    host_.reset();
    host_ = uncounted(sizes, part);
  }
  copy_frames(host_.narrow(3, first, part.size(3)), part);
}

at::Tensor Parked::load_rows(std::int64_t first, std::int64_t count, at::Device device) const {
  const at::Tensor part = host_.narrow(3, first, count);
  const at::Tensor loaded = at::empty(part.sizes(), part.options().device(device).pinned_memory(false),
                                      at::MemoryFormat::ChannelsLast3d);
  copy_frames(loaded, part);
  return loaded;
}

}  // namespace clipmill
