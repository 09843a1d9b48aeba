#include "simulate/trace_csv.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>

#include "base/atomic_file.h"
#include "base/error.h"
#include "base/number.h"
#include "base/text.h"
#include "manifest/csv.h"
#include "manifest/report.h"

namespace clipmill {
namespace {

constexpr double kMostSeconds = 1e12, kMostGigabytes = 1e9;
constexpr std::string_view kColumns = "submit_s, run_s, vram_gb, priority, model";

class TraceReader {
 public:
  explicit TraceReader(std::string_view text) : records_(parse_csv(text, problems_)) {}

  Workload read(const std::string& file) {
    if (records_.empty()) problem(1, fmt::format("is empty: the first line names the columns {}", kColumns));
    if (problems_.empty()) read_header(records_.front());
    if (problems_.empty()) {
      for (std::size_t i = 1; i < records_.size(); ++i) read_job(records_[i]);
    }
    report_problems(file, std::move(problems_));
    std::ranges::stable_sort(workload_.jobs, {}, &SimulatedJob::submitted);
    return std::move(workload_);
  }

 private:
  void read_header(const CsvRecord& header) {
    for (std::size_t i = 0; i < header.fields.size(); ++i)
      columns_[std::string(trimmed(header.fields[i]))] = i;
    for (const char* needed : {"submit_s", "run_s", "vram_gb"}) {
      if (!columns_.contains(needed))
        problem(header.line, fmt::format("the column {} is missing; there are {}", needed, kColumns));
    }
  }

  void read_job(const CsvRecord& record) {
    const auto submitted = number(record, "submit_s", 0, kMostSeconds),
               run = number(record, "run_s", 0, kMostSeconds),
               vram = number(record, "vram_gb", 0, kMostGigabytes);
    const auto priority = columns_.contains("priority") ? number(record, "priority", -1000, 1000) : 0;
    if (!submitted || !run || !vram || !priority) return;
    if (*priority != std::round(*priority))
      return problem(record.line, fmt::format("priority is a whole number, not {}", *priority));
    workload_.jobs.push_back({.submitted = *submitted,
                              .seconds = *run,
                              .expected = *run,
                              .bytes = std::llround(*vram * 1e9),
                              .priority = static_cast<int>(std::lround(*priority)),
                              .model = model(text(record, "model"))});
  }

  std::string text(const CsvRecord& record, const std::string& column) const {
    const auto found = columns_.find(column);
    return found == columns_.end() || found->second >= record.fields.size()
               ? std::string()
               : std::string(trimmed(record.fields[found->second]));
  }

  std::optional<double> number(const CsvRecord& record, const std::string& column, double least,
                               double most) {
    const std::string field = text(record, column);
    const auto value = number_in<double>(field);
    if (value && *value >= least && *value <= most) return value;
    problem(record.line, fmt::format("{} must be a number from {:g} to {:g}, not \"{}\"", column, least, most,
                                     shorten(field, 40)));
    return std::nullopt;
  }

  int model(const std::string& name) {
    const auto [found, added] = models_.try_emplace(name, static_cast<int>(workload_.models.size()));
    if (added) workload_.models.push_back(name);
    return found->second;
  }

  void problem(int line, std::string message) { problems_.push_back({{}, line, 0, std::move(message)}); }

  std::vector<Diagnostic> problems_;
  const std::vector<CsvRecord> records_;
  std::map<std::string, std::size_t> columns_;
  std::map<std::string, int> models_;
  Workload workload_;
};

}  // namespace

Workload parse_trace(std::string_view text, const std::filesystem::path& file) {
  return TraceReader(text).read(file.string());
}

Workload read_trace(const std::filesystem::path& file) { return parse_trace(read_file(file), file); }

}  // namespace clipmill
