#include "store/measurements.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "store/schema.h"
#include "store/sqlite_store.h"
#include "store/testing/scratch_folder.h"

namespace clipmill {
namespace {

Measurement measured(int number, const std::string& device = "cpu:0") {
  return {{"models/a", device, "fp32", Stage::kDenoise},
          {832, 480, 81, 50, true},
          {1e15, 2e9},
          0.5 + number,
          1000 + number};
}

class MeasurementTableTest : public testing::Test {
 protected:
  void reopen() {
    table_.reset();
    database_.reset();
    database_.emplace(file_.string());
    migrate(*database_, file_.string());
    table_.emplace(*database_);
  }
  void SetUp() override { reopen(); }
  void add(const Measurement& measurement) { table_->add({&measurement, 1}); }

  const ScratchFolder scratch_;
  const std::filesystem::path file_ = scratch_.path() / "jobs.db";
  std::optional<Database> database_;
  std::optional<MeasurementTable> table_;
};

TEST_F(MeasurementTableTest, KeepsEveryFieldOverAReopen) {
  const Measurement wanted = measured(3);
  add(wanted);
  table_->add(OutOfMemory{wanted.key, wanted.shape, wanted.work, 77});
  reopen();
  const auto all = table_->measurements();
  ASSERT_EQ(all.size(), 1u);
  EXPECT_EQ(all[0].key, wanted.key);
  EXPECT_EQ(all[0].shape, wanted.shape);
  EXPECT_EQ(all[0].work.amount, 1e15);
  EXPECT_EQ(all[0].work.bytes, 2e9);
  EXPECT_EQ(all[0].seconds, 3.5);
  EXPECT_EQ(all[0].peak_bytes, 1003);
  const auto failures = table_->failures();
  ASSERT_EQ(failures.size(), 1u);
  EXPECT_EQ(failures[0].key, wanted.key);
  EXPECT_EQ(failures[0].shape, wanted.shape);
  EXPECT_EQ(failures[0].reserved, 77);
}

TEST_F(MeasurementTableTest, ForgetsTheOldestOfAKeyOnly) {
  add(measured(0, "cuda:0"));
  table_->add(OutOfMemory{measured(0).key, {}, {}, 1});
  for (int i = 0; i < kKeptMeasurements + 5; ++i) add(measured(i));
  const auto all = table_->measurements();
  ASSERT_EQ(all.size(), static_cast<std::size_t>(kKeptMeasurements + 1));
  EXPECT_EQ(all[0].key.device, "cuda:0");
  EXPECT_EQ(all[1].peak_bytes, 1005);
  EXPECT_EQ(table_->failures().size(), 1u);
}

TEST_F(MeasurementTableTest, AStageOfANewerProgramIsLeftOut) {
  add(measured(0));
  database_->execute("UPDATE measurements SET stage = 'dream'");
  EXPECT_TRUE(table_->measurements().empty());
}

TEST(ReadMeasurements, ReadsBesideAnOwner) {
  const ScratchFolder scratch;
  const auto file = scratch.path() / "jobs.db";
  SqliteStore owner(file);
  {
    Database second(file.string());
    const Measurement one = measured(1);
    MeasurementTable(second).add({&one, 1});
  }
  EXPECT_EQ(read_measurements(file).measurements.size(), 1u);
}

TEST(ReadMeasurements, FallsBackToTheStagesOfDoneJobs) {
  const ScratchFolder scratch;
  const auto file = scratch.path() / "jobs.db";
  SqliteStore owner(file);
  JobSpec done, failed;
  done.output = "a.mp4", failed.output = "b.mp4";
  done.clip.width = 64;
  const auto ids = owner.submit(std::vector{done, failed});
  const Attempt first = owner.begin_attempt(ids[0], "cpu:1"), second = owner.begin_attempt(ids[1], "cpu:0");
  owner.record(first.id, {Stage::kDecode, 2.5, 99}, 0);
  owner.record(second.id, {Stage::kDecode, 9, 9}, 0);
  owner.finish(first.id, JobFinished{1, 3});
  const auto history = read_measurements(file);
  ASSERT_EQ(history.stages.size(), 1u);
  EXPECT_EQ(history.stages[0].job.clip.width, 64);
  EXPECT_EQ(history.stages[0].device, "cpu:1");
  EXPECT_EQ(history.stages[0].what.stage, Stage::kDecode);
  EXPECT_EQ(history.stages[0].what.seconds, 2.5);
}

TEST(ReadMeasurements, NoStoreIsToldAndNotCreated) {
  const ScratchFolder scratch;
  EXPECT_THROW(read_measurements(scratch.path() / "jobs.db"), Error);
  EXPECT_FALSE(std::filesystem::exists(scratch.path() / "jobs.db"));
}

TEST(ReadMeasurements, AReaderChangesNothing) {
  const ScratchFolder scratch;
  const auto file = (scratch.path() / "jobs.db").string();
  { const SqliteStore owner(file); }
  Database reader(file, Database::Access::kReader);
  EXPECT_THROW(reader.execute("DELETE FROM jobs"), Error);
}

}  // namespace
}  // namespace clipmill
