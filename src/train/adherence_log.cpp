#include "train/adherence_log.h"

#include <fmt/format.h>

#include <sstream>

#include "base/atomic_file.h"

namespace clipmill {
namespace {

constexpr const char* kHeader = "step,prompts,shape,colour,motion,background,all\n";

}  // namespace

void append_adherence(const std::filesystem::path& file, int step, const shapes::Adherence& adherence) {
  std::string csv = std::filesystem::exists(file) ? read_file(file) : kHeader;
  const auto rate = [&](shapes::Attribute a) { return adherence.of(a).rate(); };
  using enum shapes::Attribute;
  csv += fmt::format("{},{},{:.4f},{:.4f},{:.4f},{:.4f},{:.4f}\n", step, adherence.of(kAll).count,
                     rate(kShape), rate(kColour), rate(kMotion), rate(kBackground), rate(kAll));
  write_file(file, csv);
}

void rewind_adherence(const std::filesystem::path& file, int step) {
  if (!std::filesystem::exists(file)) return;
  std::istringstream lines(read_file(file));
  std::string kept, line;
  std::getline(lines, line);  // the header
  while (std::getline(lines, line)) {
    int of_line = 0;
    if (std::istringstream(line) >> of_line && of_line <= step) kept += line + "\n";
  }
  write_file(file, kHeader + kept);
}

}  // namespace clipmill
