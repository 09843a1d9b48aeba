#include "train/caption_table.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <optional>
#include <sstream>

#include "base/atomic_file.h"
#include "base/error.h"
#include "base/text.h"
#include "manifest/csv.h"

namespace clipmill {
namespace fs = std::filesystem;
namespace {

constexpr std::array<const char*, 4> kTables = {"captions.csv", "captions.jsonl", "metadata.csv",
                                                "metadata.jsonl"};

fs::path table_in(const fs::path& folder) {
  std::vector<std::string> found;
  for (const char* name : kTables) {
    if (fs::exists(folder / name)) found.emplace_back(name);
  }
  if (found.empty()) return {};
  if (found.size() == 1) return folder / found.front();
  throw Error(ErrorKind::kInput,
              fmt::format("{}: several tables of captions: {}", folder.string(), fmt::join(found, ", ")),
              "keep one of them");
}

/// "./walk/" and "walk" name the same clip.
std::string plain_name(const std::string& name) {
  const fs::path path = fs::path(trimmed(name)).lexically_normal();
  return (path.has_filename() ? path : path.parent_path()).string();
}

/// The place of the column `name`; empty if the first line does not name it.
std::optional<std::size_t> column(const CsvRecord& header, const char* name) {
  const auto found = std::ranges::find(header.fields, name, [](const auto& field) { return trimmed(field); });
  if (found == header.fields.end()) return std::nullopt;
  return static_cast<std::size_t>(found - header.fields.begin());
}

std::string place_of(const fs::path& file, int line) {
  return fmt::format("{}:{}", file.filename().string(), line);
}

}  // namespace

CaptionTable::CaptionTable(const fs::path& folder, std::vector<std::string>& problems) {
  const fs::path file = table_in(folder);
  if (file.empty()) return;
  if (file.extension() == ".csv") {
    read_csv(file, problems);
  } else {
    read_jsonl(file, problems);
  }
}

std::string CaptionTable::caption(const std::string& name) const {
  const auto found = rows_.find(name);
  return found == rows_.end() ? std::string() : found->second.text;
}

std::vector<std::string> CaptionTable::unknown(const std::vector<std::string>& names) const {
  std::vector<std::string> result;
  for (const auto& [name, row] : rows_) {
    if (std::ranges::find(names, name) == names.end())
      result.push_back(fmt::format("{}: there is no clip {}", row.place, name));
  }
  return result;
}

void CaptionTable::read_csv(const fs::path& file, std::vector<std::string>& problems) {
  std::vector<Diagnostic> broken;
  const auto records = parse_csv(read_file(file), broken);
  for (const Diagnostic& problem : broken)
    problems.push_back(fmt::format("{}: {}", place_of(file, problem.line), problem.message));
  if (records.empty()) return;
  const auto name = column(records.front(), "file_name"), text = column(records.front(), "text");
  if (!name || !text) {
    problems.push_back(fmt::format("{}: must name the columns file_name and text", place_of(file, 1)));
    return;
  }
  for (const CsvRecord& record : records) {
    if (&record == &records.front()) continue;
    const std::string place = place_of(file, record.line);
    if (record.fields.size() <= std::max(*name, *text)) {
      problems.push_back(fmt::format("{}: has too few fields", place));
    } else {
      add(record.fields[*name], {record.fields[*text], place}, problems);
    }
  }
}

void CaptionTable::read_jsonl(const fs::path& file, std::vector<std::string>& problems) {
  std::istringstream lines(read_file(file));
  std::string line;
  for (int number = 1; std::getline(lines, line); ++number) {
    if (trimmed(line).empty()) continue;
    const auto object = nlohmann::json::parse(line, nullptr, /*allow_exceptions=*/false);
    const auto is_text = [&](const char* key) {
      return object.is_object() && object.contains(key) && object[key].is_string();
    };
    if (is_text("file_name") && is_text("text")) {
      add(object["file_name"], {object["text"], place_of(file, number)}, problems);
    } else {
      problems.push_back(
          fmt::format("{}: must be an object with file_name and text", place_of(file, number)));
    }
  }
}

void CaptionTable::add(const std::string& name, Row row, std::vector<std::string>& problems) {
  row.text = std::string(trimmed(row.text));
  const auto [present, added] = rows_.try_emplace(plain_name(name), row);
  if (!added) {
    problems.push_back(
        fmt::format("{}: {} has a caption already, in {}", row.place, name, present->second.place));
  }
}

}  // namespace clipmill
