#include "manifest/report.h"

#include <algorithm>
#include <tuple>

#include "manifest/manifest_error.h"

namespace clipmill {

std::vector<Diagnostic> sorted_problems(std::string_view file, std::vector<Diagnostic> problems) {
  for (Diagnostic& problem : problems) problem.file = file;
  const auto key = [](const Diagnostic& d) { return std::tie(d.line, d.column, d.message); };
  std::ranges::sort(problems, {}, key);
  const auto same = [&](const Diagnostic& a, const Diagnostic& b) { return key(a) == key(b); };
  problems.erase(std::unique(problems.begin(), problems.end(), same), problems.end());
  return problems;
}

void report_problems(std::string_view file, std::vector<Diagnostic> problems) {
  if (!problems.empty()) throw ManifestError(sorted_problems(file, std::move(problems)));
}

}  // namespace clipmill
