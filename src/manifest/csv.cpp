#include "manifest/csv.h"

#include <algorithm>

namespace clipmill {
namespace {

class CsvParser {
 public:
  CsvParser(std::string_view text, std::vector<Diagnostic>& problems) : rest_(text), problems_(problems) {}

  std::vector<CsvRecord> parse() {
    while (!rest_.empty() && !failed_) {
      if (!skip_line_end()) read_record();
    }
    return std::move(records_);
  }

 private:
  void read_record() {
    CsvRecord record{line_, {}};
    do {
      record.fields.push_back(rest_.starts_with('"') ? quoted_field() : plain_field());
    } while (skip(","));
    if (!rest_.empty() && !skip_line_end())
      fail(line_, "a quote in the wrong place: a field is quoted whole, quotes in it doubled");
    if (!failed_) records_.push_back(std::move(record));
  }

  std::string plain_field() {
    std::string field(rest_.substr(0, rest_.find_first_of(",\n\"")));
    rest_.remove_prefix(field.size());
    const bool ends_line = rest_.empty() || rest_.starts_with('\n');
    if (ends_line && field.ends_with('\r')) field.pop_back();
    return field;
  }

  std::string quoted_field() {
    const int start = line_;
    std::string field;
    while (true) {
      rest_.remove_prefix(1);  // the opening quote, or the second of two that stand for one
      const std::size_t end = rest_.find('"');
      if (end == rest_.npos) {
        fail(start, "a quoted field without its closing quote");
        return field;
      }
      field += rest_.substr(0, end);
      line_ += static_cast<int>(std::ranges::count(rest_.substr(0, end), '\n'));
      rest_.remove_prefix(end + 1);
      if (!rest_.starts_with('"')) return field;
      field += '"';
    }
  }

  bool skip(std::string_view token) {
    if (!rest_.starts_with(token)) return false;
    rest_.remove_prefix(token.size());
    return true;
  }

  bool skip_line_end() {
    if (!skip("\n") && !skip("\r\n")) return false;
    ++line_;
    return true;
  }

  void fail(int line, std::string message) {
    if (!failed_) problems_.push_back({{}, line, 0, std::move(message)});
    failed_ = true;
    rest_ = {};
  }

  std::string_view rest_;
  std::vector<Diagnostic>& problems_;
  std::vector<CsvRecord> records_;
  int line_ = 1;
  bool failed_ = false;
};

}  // namespace

std::vector<CsvRecord> parse_csv(std::string_view text, std::vector<Diagnostic>& problems) {
  return CsvParser(text, problems).parse();
}

}  // namespace clipmill
