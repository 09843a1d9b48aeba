// Everything that is wrong with a manifest, at once.
#pragma once

#include <vector>

#include "base/error.h"
#include "manifest/diagnostic.h"

namespace clipmill {

/// what() is one diagnostic a line, in the order of the file; after 20 it says how many more there are.
class ManifestError : public Error {
 public:
  explicit ManifestError(std::vector<Diagnostic> diagnostics);

  const std::vector<Diagnostic>& diagnostics() const { return diagnostics_; }

 private:
  std::vector<Diagnostic> diagnostics_;
};

}  // namespace clipmill
