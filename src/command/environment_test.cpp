#include "command/environment.h"

#include <gtest/gtest.h>

namespace clipmill {
namespace {

TEST(CommandEnvironment, ADeviceIsHandedOver) {
  EXPECT_EQ(command_environment({}, {}, {"", "cuda:2"}).at("CUDA_VISIBLE_DEVICES"), "2");
  EXPECT_EQ(
      command_environment({{"CUDA_VISIBLE_DEVICES", "0,1"}}, {}, {"", "cpu:0"}).at("CUDA_VISIBLE_DEVICES"),
      "");
}

TEST(CommandEnvironment, TheUsersVariablesWin) {
  JobSpec job;
  job.clip.seed = 7;
  job.command.variables = {"CUDA_VISIBLE_DEVICES=5", "HOME=/h={seed}"};
  const Environment environment =
      command_environment({{"HOME", "/root"}, {"KEPT", "1"}}, job, {"o", "cuda:0"});
  EXPECT_EQ(environment.at("CUDA_VISIBLE_DEVICES"), "5");
  EXPECT_EQ(environment.at("HOME"), "/h=7");
  EXPECT_EQ(environment.at("KEPT"), "1");
  EXPECT_EQ(environment.at("CLIPMILL_SEED"), "7");
  EXPECT_EQ(environment.at("CLIPMILL_OUTPUT"), "o");
}

TEST(CommandEnvironment, TracemallocKeepsThePathOfTheUser) {
  Environment environment = {{"PYTHONPATH", "/mine"}};
  add_tracemalloc(environment, "/clipmill", 10, "/out/r.txt");
  EXPECT_EQ(environment.at("PYTHONPATH"), "/clipmill:/mine");
  Environment bare;
  add_tracemalloc(bare, "/clipmill", 10, "/out/r.txt");
  EXPECT_EQ(bare.at("PYTHONPATH"), "/clipmill");
  EXPECT_EQ(bare.at("CLIPMILL_TRACEMALLOC"), "10");
}

}  // namespace
}  // namespace clipmill
