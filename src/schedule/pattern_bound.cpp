#include "schedule/pattern_bound.h"

#include <algorithm>
#include <cmath>

#include "schedule/best_pattern.h"

namespace clipmill::schedule {
namespace {

constexpr int kMostPivots = 2000;
constexpr double kPriceScale = 0x1p32, kTiny = 1e-9;

/// min Σx with Bx = the classes' times, x ≥ 0: the revised simplex method with an explicit inverse.
class PatternProgram {
 public:
  explicit PatternProgram(const std::vector<DemandClass>& classes)
      : size_(classes.size()), inverse_(size_ * size_, 0) {
    for (std::size_t c = 0; c < size_; ++c) {
      inverse_[c * size_ + c] = 1;
      amount_.push_back(static_cast<double>(classes[c].time));
    }
  }

  /// What another unit of a class's time would cost.
  std::vector<double> prices() const {
    std::vector<double> prices(size_, 0);
    for (std::size_t row = 0; row < size_; ++row) {
      for (std::size_t c = 0; c < size_; ++c) prices[c] += inverse_[row * size_ + c];
    }
    return prices;
  }

  /// Takes a pattern into the basis; false where that is numerically hopeless.
  bool pivot(const Pattern& pattern) {
    const std::vector<double> column = solve(pattern);
    std::size_t leaves = size_;
    double least = 0;
    for (std::size_t row = 0; row < size_; ++row) {
      if (column[row] <= kTiny) continue;
      const double ratio = amount_[row] / column[row];
      if (leaves == size_ || ratio < least) {
        least = ratio;
        leaves = row;
      }
    }
    if (leaves == size_) return false;
    replace(leaves, column, least);
    return true;
  }

 private:
  std::vector<double> solve(const Pattern& pattern) const {
    std::vector<double> column(size_, 0);
    for (std::size_t c = 0; c < size_; ++c) {
      if (pattern.count[c] == 0) continue;
      for (std::size_t row = 0; row < size_; ++row)
        column[row] += inverse_[row * size_ + c] * pattern.count[c];
    }
    return column;
  }

  void replace(std::size_t leaves, const std::vector<double>& column, double amount) {
    double* pivot_row = &inverse_[leaves * size_];
    for (std::size_t c = 0; c < size_; ++c) pivot_row[c] /= column[leaves];
    for (std::size_t row = 0; row < size_; ++row) {
      if (row == leaves || column[row] == 0) continue;
      amount_[row] = std::max(0.0, amount_[row] - column[row] * amount);
      for (std::size_t c = 0; c < size_; ++c) inverse_[row * size_ + c] -= column[row] * pivot_row[c];
    }
    amount_[leaves] = amount;
  }

  std::size_t size_;
  std::vector<double> inverse_, amount_;
};

/// Negative prices count as 0: whatever may run may also be left out.
std::vector<std::int64_t> whole_prices(const std::vector<double>& prices) {
  std::vector<std::int64_t> whole;
  for (const double price : prices)
    whole.push_back(std::llround(std::clamp(price, 0.0, 100.0) * kPriceScale));
  return whole;
}

/// Σ price · time / worth of the best pattern, rounded up.
Time farley(const std::vector<DemandClass>& classes, const std::vector<std::int64_t>& prices,
            std::int64_t worth) {
  __int128 sum = 0;
  for (std::size_t c = 0; c < classes.size(); ++c) sum += static_cast<__int128>(prices[c]) * classes[c].time;
  return static_cast<Time>((sum + worth - 1) / worth);
}

}  // namespace

Time pattern_bound(const Problem& problem, Time bound, const std::function<bool()>& stop) {
  const std::vector<DemandClass> classes = demand_classes(problem);
  PatternProgram program(classes);
  for (int i = 0; i < kMostPivots && !classes.empty() && !stop(); ++i) {
    const std::vector<std::int64_t> prices = whole_prices(program.prices());
    const Pattern pattern = best_pattern(problem, classes, prices);
    if (pattern.is_best && pattern.worth > 0) bound = std::max(bound, farley(classes, prices, pattern.worth));
    if (static_cast<double>(pattern.worth) <= kPriceScale * (1 + 1e-7) || !program.pivot(pattern)) break;
  }
  return bound;
}

}  // namespace clipmill::schedule
