#include "vram/batch_size.h"

#include <algorithm>
#include <bit>
#include <cmath>

#include "base/error.h"

namespace clipmill {
namespace {

constexpr double kNearlyBest = 0.97;  // below that, a larger batch is worth its memory

constexpr std::int64_t kMostItems = std::int64_t{1} << 31;  // its square still fits 64 bits

/// floor(2·log2(size)) + 2, in whole numbers: the probes that an answer of `size` may cost.
int allowed_probes(std::int64_t size) {
  const auto square = static_cast<std::uint64_t>(size) * static_cast<std::uint64_t>(size);
  return static_cast<int>(std::bit_width(square)) + 1;
}

std::optional<BatchBytes> line_through(const std::vector<BatchProbe>& fitted) {
  if (fitted.size() < 2) return std::nullopt;
  const BatchProbe &a = fitted[fitted.size() - 2], &b = fitted.back();
  const double per_item = static_cast<double>(b.bytes - a.bytes) / static_cast<double>(b.size - a.size);
  return BatchBytes{static_cast<double>(a.bytes) - per_item * static_cast<double>(a.size), per_item};
}

std::int64_t knee(const std::vector<BatchProbe>& fitted) {
  const auto rate = [](const BatchProbe& probe) {
    return static_cast<double>(probe.size) / std::max(probe.seconds, 1e-9);
  };
  double best = 0;
  for (const BatchProbe& probe : fitted) best = std::max(best, rate(probe));
  const auto first = std::find_if(fitted.begin(), fitted.end(),
                                  [&](const BatchProbe& probe) { return rate(probe) >= kNearlyBest * best; });
  return first == fitted.end() ? 0 : first->size;
}

/// What is known so far: `fits_` fits (0: nothing yet); `fails_` does not, or nobody wants that many.
class Search {
 public:
  Search(const ProbeBatch& probe, const BatchLimits& limits)
      : probe_(probe), limits_(limits), fails_(limits.largest + 1) {}

  BatchSize run() {
    // Two first, since nearly always at least two fit: the probe saved is what later guesses may cost.
    if (!try_size(std::min<std::int64_t>(2, limits_.largest)) && fails_ > 1) try_size(1);
    while (fits_ > 0 && fits_ + 1 < fails_) try_size(failed_ ? next_between() : next_upwards());
    return {fits_, knee(fitted_), line_through(fitted_), std::move(probes_)};
  }

 private:
  bool try_size(std::int64_t size) {
    BatchProbe probe = probe_(size);
    probe.size = size;
    probes_.push_back(probe);
    if (!probe.fits) {
      fails_ = size;
      failed_ = true;
      return false;
    }
    fits_ = size;
    fitted_.push_back(probe);  // sizes that fit only grow
    return true;
  }

  /// The probes still allowed after the next one, should that fail.
  int left() const { return std::clamp(allowed_probes(fits_) - static_cast<int>(probes_.size()) - 1, 0, 61); }

  /// How far the next probe may go: if it fails, what is left must suffice to bisect the sizes in between.
  std::int64_t reach() const { return std::int64_t{1} << left(); }

  /// At least doubled, which allows two probes more; a smaller step only when doubling could follow it.
  std::int64_t next_upwards() const {
    const bool any_step = left() > static_cast<int>(std::bit_width(static_cast<std::uint64_t>(fits_))) + 1;
    const std::int64_t high = std::min(fits_ + reach(), limits_.largest);
    const std::int64_t low = std::min(any_step && expected_last() ? fits_ + 1 : 2 * fits_, high);
    return std::clamp(expected_last().value_or(0), low, high);
  }

  std::int64_t next_between() const {
    const std::int64_t low = std::max(fits_ + 1, fails_ - reach()),
                       high = std::min(fails_ - 1, fits_ + reach());
    return std::clamp(expected_last().value_or(fits_ + (fails_ - fits_) / 2), low, high);
  }

  /// The largest size within the budget by the line through the last two. Once that has been shown to fit,
  /// the size after it is next, because of the clamps above.
  std::optional<std::int64_t> expected_last() const {
    const std::optional<BatchBytes> line = line_through(fitted_);
    if (limits_.budget <= 0 || !line || line->per_item <= 0) return std::nullopt;
    const double last = (static_cast<double>(limits_.budget) - line->fixed) / line->per_item;
    return static_cast<std::int64_t>(std::clamp(last + 1e-6, 0.0, static_cast<double>(fails_)));
  }

  const ProbeBatch& probe_;
  const BatchLimits& limits_;
  std::int64_t fits_ = 0, fails_;
  bool failed_ = false;
  std::vector<BatchProbe> probes_, fitted_;
};

}  // namespace

BatchSize find_batch_size(const ProbeBatch& probe, const BatchLimits& limits) {
  if (limits.largest < 1 || limits.largest > kMostItems) {
    throw input_error("the largest batch size must be 1 to {}, not {}", kMostItems, limits.largest);
  }
  return Search(probe, limits).run();
}

}  // namespace clipmill
