// A number that tells texts and files from others.
#pragma once

#include <cstdint>
#include <string_view>

namespace clipmill {

/// FNV-1a, 64 bits (Fowler, Noll and Vo): notices change, not malice.
class Fnv1a {
 public:
  void add(std::string_view bytes) {
    for (const char byte : bytes) value_ = (value_ ^ static_cast<unsigned char>(byte)) * 0x100000001B3u;
  }
  std::uint64_t value() const { return value_; }

 private:
  std::uint64_t value_ = 0xCBF29CE484222325u;
};

}  // namespace clipmill
