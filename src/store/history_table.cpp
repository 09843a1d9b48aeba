#include "store/history_table.h"

#include <algorithm>

#include "base/error.h"
#include "base/file_lock.h"
#include "core/memory_ladder.h"
#include "store/history_rows.h"
#include "store/transaction.h"

namespace clipmill {

HistoryTable::HistoryTable(Database& database)
    : database_(database),
      add_(database,
           "INSERT INTO stages (attempt, stage, seconds, peak_bytes, device, started, ended, plan, outcome) "
           "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)"),
      add_wait_(database, "INSERT INTO waits (device, since, why) VALUES (?1, ?2, ?3)") {}

void HistoryTable::begin_stage(AttemptId attempt, Stage stage, const std::string& device, double now) {
  const auto [found, fresh] = open_.try_emplace({attempt, stage}, Open{device, now});
  if (fresh) return;
  add(found->first, found->second, {stage, now - found->second.started, 0}, "repeated", now);
  found->second = {device, now};
}

void HistoryTable::end_stage(AttemptId attempt, const StageFinished& stage, double now) {
  auto open = open_.extract(Key{attempt, stage.stage});
  add({attempt, stage.stage}, open ? open.mapped() : Open{"", now - stage.seconds}, stage, "done", now);
  write_waits();
}

void HistoryTable::end_attempt(AttemptId attempt, std::string_view outcome, double now) {
  const auto first = open_.lower_bound({attempt, Stage{}}), last = open_.lower_bound({attempt + 1, Stage{}});
  for (auto each = first; each != last; ++each) {
    const auto& [key, open] = *each;
    add(key, open, {key.second, now - open.started, 0}, outcome, now);
  }
  open_.erase(first, last);
  write_waits();
}

void HistoryTable::add(const Key& key, const Open& open, const StageFinished& what, std::string_view outcome,
                       double now) {
  add_.bind(key.first, to_string(key.second), what.seconds, what.peak_bytes, open.device,
            std::min(open.started, now), now, to_string(what.plan), outcome)
      .run();
}

void HistoryTable::note_wait(const std::string& device, Wait why, double now) {
  const auto [found, fresh] = now_waits_.try_emplace(device, why);
  if (!fresh && std::exchange(found->second, why) == why) return;
  unwritten_.push_back({device, why, now, 0});
}

void HistoryTable::write_waits() {
  for (const WaitSpan& wait : unwritten_) add_wait_.bind(wait.device, wait.start, to_string(wait.why)).run();
  unwritten_.clear();
}

void HistoryTable::note_gap() {
  const double since = last_heard(database_);
  std::vector<std::string> devices;
  Statement(database_, "SELECT DISTINCT device FROM waits").each([&](const Row& row) {
    devices.push_back(row.text(0));
  });
  for (const std::string& device : devices) add_wait_.bind(device, since, to_string(Wait::kOff)).run();
}

void HistoryTable::forget_before(double time) {
  const std::string old = "ended < ?1 AND job NOT IN (SELECT id FROM jobs)";
  for (const std::string& sql : {
           std::string("DELETE FROM waits WHERE since < ?1 AND rowid NOT IN (SELECT max(rowid) FROM waits "
                       "WHERE since < ?1 GROUP BY device)"),
           fmt::format("DELETE FROM stages WHERE attempt IN (SELECT id FROM attempts WHERE {})", old),
           fmt::format("DELETE FROM attempts WHERE {}", old),
       })
    Statement(database_, sql).bind(time).run();
  Statement(database_, "DELETE FROM past_jobs WHERE id NOT IN (SELECT job FROM attempts)").run();
}

void HistoryTable::close(double now) {
  for (const auto& [device, why] : std::map(now_waits_)) note_wait(device, Wait::kOff, now);
  write_waits();
}

History HistoryTable::open(double now) const {
  History history;
  for (const auto& [key, open] : open_)
    history.stages.push_back({0, key.first, open.device, key.second, open.started, 0,
                              std::max(0.0, now - open.started), 0, "", ""});
  history.waits = unwritten_;
  return history;
}

History read_history(const std::filesystem::path& file, double since, double now) {
  if (!std::filesystem::exists(file))
    throw Error(
        ErrorKind::kInput, fmt::format("there is no store {}", file.string()),
        "a daemon keeps one in its --state folder, clipmill run MANIFEST in .clipmill beside the clips");
  const Database database(file.string(), Database::Access::kReader);
  if (!has_history(database))
    throw Error(ErrorKind::kInput,
                fmt::format("{} does not tell when stages ran: an older clipmill made it", file.string()),
                "start clipmill daemon, or clipmill run, on it once; what runs from then on is remembered");
  History history = history_rows(database, since, now);
  if (FileLock::is_free(file)) end_at(history, last_heard(database));
  add_open(history, {});
  return history;
}

}  // namespace clipmill
