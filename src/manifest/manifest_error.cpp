#include "manifest/manifest_error.h"

namespace clipmill {
namespace {

constexpr std::size_t kShown = 20;

std::string joined(const std::vector<Diagnostic>& diagnostics) {
  std::string text;
  for (std::size_t i = 0; i < std::min(kShown, diagnostics.size()); ++i) {
    text += (i == 0 ? "" : "\n") + to_string(diagnostics[i]);
  }
  if (diagnostics.size() > kShown) text += fmt::format("\nand {} more", diagnostics.size() - kShown);
  return text;
}

}  // namespace

ManifestError::ManifestError(std::vector<Diagnostic> diagnostics)
    : Error(ErrorKind::kInput, joined(diagnostics)), diagnostics_(std::move(diagnostics)) {}

}  // namespace clipmill
