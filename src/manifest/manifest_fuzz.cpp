// libFuzzer: no bytes make the manifest readers crash, hang, or throw anything but Error.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "manifest/manifest.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  for (const clipmill::Format format :
       {clipmill::Format::kToml, clipmill::Format::kJsonLines, clipmill::Format::kCsv}) {
    try {
      clipmill::parse_manifest(text, format, "fuzz", {});
    } catch (const clipmill::Error&) {
    }
  }
  return 0;
}
