#include "train/training_log.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <sstream>

#include "base/atomic_file.h"
#include "train/loss_curve.h"

namespace clipmill {
namespace {

constexpr std::string_view kHeader = "phase,step,loss,grad_norm,learning_rate,seconds\n";

std::vector<LogRow> read_rows(const std::filesystem::path& file) {
  std::vector<LogRow> rows;
  std::ifstream stream(file);
  std::string line;
  std::getline(stream, line);  // the header
  while (std::getline(stream, line)) {
    std::ranges::replace(line, ',', ' ');
    std::istringstream fields(line);
    LogRow row;
    if (fields >> row.phase >> row.step >> row.loss >> row.grad_norm >> row.learning_rate >> row.seconds)
      rows.push_back(row);
  }
  return rows;
}

}  // namespace

TrainingLog::TrainingLog(std::filesystem::path folder)
    : folder_(std::move(folder)), rows_(read_rows(folder_ / "loss.csv")) {}

void TrainingLog::rewind(const std::string& phase, int step) {
  std::erase_if(rows_, [&](const LogRow& row) { return row.phase == phase && row.step > step; });
}

double TrainingLog::seconds(const std::string& phase) const {
  double seconds = 0;
  for (const LogRow& row : rows_) {
    if (row.phase == phase) seconds = std::max(seconds, row.seconds);
  }
  return seconds;
}

int TrainingLog::steps_not_logged(const std::string& phase, int every) const {
  int missing = 0, before = 0;
  for (const LogRow& row : rows_) {
    if (row.phase != phase) continue;
    missing += std::max(0, row.step - before - every);
    before = row.step;
  }
  return missing;
}

void TrainingLog::write() const {
  std::string csv(kHeader);
  for (const LogRow& r : rows_)
    csv += fmt::format("{},{},{:.6g},{:.4g},{:.4g},{:.1f}\n", r.phase, r.step, r.loss, r.grad_norm,
                       r.learning_rate, r.seconds);
  write_file(folder_ / "loss.csv", csv);
  write_file(folder_ / "loss.svg", loss_curve(rows_));
}

}  // namespace clipmill
