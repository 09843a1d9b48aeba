#include "checkpoint/dtype.h"

#include <array>

namespace clipmill {
namespace {

struct Row {
  std::string_view name;
  std::size_t bytes;
  bool floating;
};

// In the order of the enumeration.
constexpr std::array<Row, 12> kTypes = {{{"F64", 8, true},
                                         {"F32", 4, true},
                                         {"F16", 2, true},
                                         {"BF16", 2, true},
                                         {"F8_E4M3", 1, true},
                                         {"F8_E5M2", 1, true},
                                         {"I64", 8, false},
                                         {"I32", 4, false},
                                         {"I16", 2, false},
                                         {"I8", 1, false},
                                         {"U8", 1, false},
                                         {"BOOL", 1, false}}};

const Row& row(DType dtype) { return kTypes[static_cast<std::size_t>(dtype)]; }

}  // namespace

std::size_t size_of(DType dtype) { return row(dtype).bytes; }

bool is_floating(DType dtype) { return row(dtype).floating; }

std::string_view to_string(DType dtype) { return row(dtype).name; }

std::optional<DType> dtype_from(std::string_view name) {
  for (std::size_t i = 0; i < kTypes.size(); ++i) {
    if (kTypes[i].name == name) return static_cast<DType>(i);
  }
  return std::nullopt;
}

}  // namespace clipmill
