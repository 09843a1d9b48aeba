#include "train/phase_record.h"

#include <fmt/format.h>

#include "base/atomic_file.h"

namespace clipmill {
namespace fs = std::filesystem;

void write_record(const fs::path& file, const PhaseRecord& record) {
  const nlohmann::ordered_json object = {{"subject", record.fingerprint.subject},
                                         {"course", record.fingerprint.course},
                                         {"changes", record.changes},
                                         {"broken", record.broken}};
  write_file(file, object.dump(2) + "\n");
}

std::optional<PhaseRecord> read_record(const fs::path& file) {
  if (!fs::exists(file)) return std::nullopt;
  const auto object = nlohmann::ordered_json::parse(read_file(file), nullptr, /*allow_exceptions=*/false);
  const auto has = [&](const char* key, auto is) { return object.contains(key) && (object[key].*is)(); };
  using Json = nlohmann::ordered_json;
  if (!object.is_object() || !has("subject", &Json::is_object) || !has("course", &Json::is_object) ||
      !has("changes", &Json::is_array))
    return std::nullopt;
  return PhaseRecord{{object["subject"], object["course"]}, object["changes"], object.value("broken", false)};
}

fs::path set_aside(const fs::path& folder, const std::vector<fs::path>& files) {
  int number = 1;
  const auto name = [&] { return folder / fmt::format("earlier-{}", number); };
  while (fs::exists(name())) ++number;
  fs::create_directories(name());
  for (const fs::path& file : files) {
    if (fs::exists(file)) fs::rename(file, name() / file.filename());
  }
  return name();
}

}  // namespace clipmill
