// What products take beside their operands on a CPU: of half precision computed in fp32, and of weights in 8
// bits.
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

/// The same of int8_linear in fp32: of the weight and of the result.
inline double int8_product_values(double rows, double inputs) {
  constexpr double kPiece = 256;
  return kPiece * (inputs + rows);
}

/// The same where products are computed in half precision: of the weight, the result, and this in fp32.
inline double half_int8_product_values(double inputs) {
  constexpr double kPiece = 256;
  return kPiece * inputs + 3 * kPiece * kPiece;
}

}  // namespace clipmill
