#include "stages/delivery.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <mutex>
#include <set>

#include "media/video_reader.h"

namespace clipmill {
namespace {

namespace fs = std::filesystem;

class DeliveryTest : public testing::Test {
 protected:
  DeliveryTest() {
    fs::create_directories(folder_);
    job_.output = folder_ / "clip.mp4";
    job_.clip.width = 48;
    job_.clip.height = 32;
    job_.clip.frames = 40;
  }
  ~DeliveryTest() override { fs::remove_all(folder_); }

  /// Pushes `frames`, then finishes.
  void deliver(int frames) {
    Delivery delivery(job_, 1, clock_, report_);
    for (int i = 0; i < frames; ++i) delivery.push(Frame(48, 32));
    delivery.finish();
  }

  std::vector<std::string> files() const {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(folder_)) names.push_back(entry.path().filename());
    return names;
  }

  const fs::path folder_ = fs::temp_directory_path() / ("clipmill-delivery-" + std::to_string(::getpid()));
  JobSpec job_;
  const SystemClock clock_;
  std::mutex mutex_;
  std::set<Stage> finished_;
  const Report report_ = [this](const EventPayload& what) {
    std::lock_guard lock(mutex_);
    if (const auto* stage = std::get_if<StageFinished>(&what)) finished_.insert(stage->stage);
  };
};

TEST_F(DeliveryTest, FramesBecomeAClipUnderItsFinalName) {
  deliver(40);
  VideoReader reader(job_.output);
  int frames = 0;
  while (reader.next()) ++frames;
  EXPECT_EQ(frames, 40);
  EXPECT_THAT(finished_, testing::ElementsAre(Stage::kRender, Stage::kEncodeVideo));
  EXPECT_THAT(files(), testing::ElementsAre("clip.mp4"));
}

TEST_F(DeliveryTest, AbandonedInTheMiddleLeavesNothing) {
  {
    Delivery delivery(job_, 1, clock_, report_);
    for (int i = 0; i < 20; ++i) delivery.push(Frame(48, 32));
  }
  EXPECT_THAT(files(), testing::IsEmpty());
  EXPECT_THAT(finished_, testing::IsEmpty());
}

TEST_F(DeliveryTest, TheEncodersErrorReachesWhoPushes) {
  fs::create_directories(job_.output);  // a folder where the file should go
  try {
    deliver(40);
    FAIL() << "the clip was delivered onto a folder";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kIo);
    EXPECT_THAT(error.what(), testing::HasSubstr("clip.mp4"));
  }
}

TEST_F(DeliveryTest, TheRenderersErrorReachesWhoPushes) {
  Delivery delivery(job_, 1, clock_, report_);
  const auto push_wrong_frames = [&] {
    for (int i = 0; i < 20; ++i) delivery.push(Frame(16, 16));
    delivery.finish();
  };
  EXPECT_THROW(push_wrong_frames(), Error);
  EXPECT_FALSE(fs::exists(job_.output));
}

TEST_F(DeliveryTest, AFilterThatLetsNothingThroughIsTheUsersError) {
  job_.clip.filter = "select=0";
  try {
    deliver(10);
    FAIL() << "an empty clip was delivered";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kInput);
  }
  EXPECT_THAT(files(), testing::IsEmpty());
}

TEST_F(DeliveryTest, ABrokenFilterIsFoundBeforeTheFirstFrame) {
  job_.clip.filter = "nonsense";
  EXPECT_THROW(Delivery(job_, 1, clock_, report_), Error);
}

}  // namespace
}  // namespace clipmill
