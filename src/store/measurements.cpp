#include "store/measurements.h"

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "core/job_fields.h"
#include "store/history_rows.h"
#include "store/transaction.h"

namespace clipmill {
namespace {

constexpr const char* kColumns =
    "model, device, plan, stage, width, height, frames, steps, guided, amount, bytes, fits, seconds, "
    "peak_bytes";

/// The stage of a newer clipmill tells this one nothing.
std::optional<StageKey> key_from(const Row& row) {
  const auto stage = stage_from(row.text(3));
  if (!stage) return std::nullopt;
  return StageKey{row.text(0), row.text(1), row.text(2), *stage};
}

ClipShape shape_from(const Row& row) {
  const auto number = [&](int column) { return static_cast<int>(row.integer(column)); };
  return {number(4), number(5), number(6), number(7), number(8) != 0};
}

StageWork work_from(const Row& row) { return {row.real(9), row.real(10)}; }

std::vector<Measurement> list_measurements(const Database& database) {
  std::vector<Measurement> all;
  Statement list(database, fmt::format("SELECT {} FROM measurements WHERE fits ORDER BY id", kColumns));
  list.each([&](const Row& row) {
    if (const auto key = key_from(row))
      all.push_back({*key, shape_from(row), work_from(row), row.real(12), row.integer(13)});
  });
  return all;
}

std::vector<OutOfMemory> list_failures(const Database& database) {
  std::vector<OutOfMemory> all;
  Statement list(database, fmt::format("SELECT {} FROM measurements WHERE NOT fits ORDER BY id", kColumns));
  list.each([&](const Row& row) {
    if (const auto key = key_from(row))
      all.push_back({*key, shape_from(row), work_from(row), row.integer(13)});
  });
  return all;
}

/// A spec that this program cannot read tells it nothing.
std::vector<PastStage> past_stages(const Database& database) {
  std::vector<PastStage> all;
  Statement list(
      database,
      fmt::format("SELECT spec, attempts.device, stage, stages.seconds, peak_bytes FROM stages "
                  "JOIN attempts ON attempts.id = stages.attempt JOIN jobs ON jobs.id = attempts.job "
                  "WHERE attempts.outcome = 'done' AND {} ORDER BY stages.rowid",
                  has_history(database) ? "coalesce(stages.outcome, 'done') = 'done'" : "true"));
  list.each([&](const Row& row) {
    const auto stage = stage_from(row.text(2));
    if (!stage) return;
    try {
      all.push_back({job_from_json(nlohmann::json::parse(row.text(0))),
                     row.text(1),
                     {*stage, row.real(3), row.integer(4)}});
    } catch (const std::exception&) {
    }
  });
  return all;
}

bool has_table(const Database& database, const char* name) {
  return database.integer(fmt::format(
             "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = '{}'", name)) > 0;
}

}  // namespace

MeasurementTable::MeasurementTable(Database& database)
    : database_(database),
      insert_(database,
              fmt::format("INSERT INTO measurements ({}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, "
                          "?10, ?11, ?12, ?13, ?14)",
                          kColumns)),
      forget_(database,
              "DELETE FROM measurements WHERE id IN (SELECT id FROM measurements WHERE model = ?1 AND "
              "device = ?2 AND plan = ?3 AND stage = ?4 AND fits = ?5 ORDER BY id DESC LIMIT -1 OFFSET ?6)") {
}

void MeasurementTable::insert(const StageKey& key, const ClipShape& shape, const StageWork& work, bool fits,
                              double seconds, std::int64_t bytes) {
  const auto whole = [](auto number) { return std::int64_t{number}; };
  insert_
      .bind(key.model, key.device, key.plan, to_string(key.stage), whole(shape.width), whole(shape.height),
            whole(shape.frames), whole(shape.steps), whole(shape.guided), work.amount, work.bytes,
            whole(fits), seconds, bytes)
      .run();
  forget_.bind(key.model, key.device, key.plan, to_string(key.stage), whole(fits), kKeptMeasurements).run();
}

void MeasurementTable::add(std::span<const Measurement> measurements) {
  Transaction transaction(database_);
  for (const auto& [key, shape, work, seconds, peak] : measurements)
    insert(key, shape, work, true, seconds, peak);
  transaction.commit();
}

void MeasurementTable::add(const OutOfMemory& failure) {
  Transaction transaction(database_);
  insert(failure.key, failure.shape, failure.work, false, 0, failure.reserved);
  transaction.commit();
}

std::vector<Measurement> MeasurementTable::measurements() { return list_measurements(database_); }
std::vector<OutOfMemory> MeasurementTable::failures() { return list_failures(database_); }

MeasurementHistory read_measurements(const std::filesystem::path& file) {
  if (!std::filesystem::exists(file)) {
    throw Error(ErrorKind::kInput, fmt::format("there is no store {}", file.string()),
                "clipmill run MANIFEST leaves one in .clipmill beside the clips");
  }
  const Database database(file.string(), Database::Access::kReader);
  MeasurementHistory history;
  if (has_table(database, "measurements")) {
    history.measurements = list_measurements(database);
    history.failures = list_failures(database);
  }
  if (history.measurements.empty() && has_table(database, "stages")) history.stages = past_stages(database);
  return history;
}

}  // namespace clipmill
