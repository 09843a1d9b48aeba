// What a product in half precision takes beside its operands on a CPU that computes it in fp32.
#pragma once

#include <algorithm>

namespace clipmill {

/// fp32 values of the pieces that wide_linear (model room) has at a time: of the weight, of x [rows, inputs]
/// and of the result.
inline double wide_product_values(double rows, double inputs) {
  constexpr double kPiece = 256;
  const double some = std::min(rows, kPiece);
  return (kPiece + some) * inputs + kPiece * some;
}

}  // namespace clipmill
