#include "manifest/csv_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/text.h"
#include "manifest/csv.h"

namespace clipmill {
namespace {

/// A spreadsheet writes its empty rows as commas alone.
bool is_blank(const CsvRecord& record) {
  return std::ranges::all_of(record.fields, [](const std::string& field) { return field.empty(); });
}

class CsvDocument {
 public:
  explicit CsvDocument(std::string_view text) : records_(parse_csv(text, document_.problems)) {}

  Document take() {
    for (const CsvRecord& record : records_) {
      if (is_blank(record)) continue;
      document_.header.empty() ? read_header(record) : read_clip(record);
    }
    return std::move(document_);
  }

 private:
  void read_header(const CsvRecord& record) {
    std::set<std::string> seen;
    for (const std::string& field : record.fields) {
      const std::string key(trimmed(field));
      if (!seen.insert(key).second) problem(record.line, fmt::format("key \"{}\" twice", shorten(key, 60)));
      document_.header.push_back({key, UntypedText{}, record.line, 0, record.line});
    }
  }

  void read_clip(const CsvRecord& record) {
    const std::vector<Entry>& header = document_.header;
    if (record.fields.size() != header.size()) {
      return problem(record.line,
                     fmt::format("{} fields, but the header names {}", record.fields.size(), header.size()));
    }
    Record clip{record.line, {}};
    for (std::size_t i = 0; i < header.size(); ++i) {
      if (record.fields[i].empty()) continue;
      clip.entries.push_back({header[i].key, UntypedText{record.fields[i]}, record.line, 0, header[i].line});
    }
    document_.clips.push_back(std::move(clip));
  }

  void problem(int line, std::string message) {
    document_.problems.push_back({{}, line, 0, std::move(message)});
  }

  Document document_;
  std::vector<CsvRecord> records_;
};

}  // namespace

Document read_csv(std::string_view text) { return CsvDocument(text).take(); }

}  // namespace clipmill
