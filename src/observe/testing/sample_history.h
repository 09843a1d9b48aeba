// A small history for tests: two clips on two devices, one of them still decoding.
#pragma once

#include "core/history.h"

namespace clipmill {

inline History sample_history() {
  History history{1000, 1060};
  history.stages = {
      {1, 1, "cpu:0", Stage::kLoad, 1001, 1003, 2, 50, "resident", "done"},
      {1, 1, "cpu:0", Stage::kDenoise, 1003, 1013.5, 10.5, 100, "resident", "done"},
      {2, 2, "cpu:1", Stage::kDenoise, 1005, 1020, 15, 100, "resident", "done"},
      {1, 1, "cpu:0", Stage::kDecode, 1014, 1016, 2, 0, "", "repeated"},
      {1, 1, "cpu:0", Stage::kDecode, 1016, 1020, 4, 80, "strips 2", "done"},
      {1, 1, "cpu:0", Stage::kRender, 1016, 1021, 1, 0, "resident", "done"},
      {2, 2, "cpu:1", Stage::kDecode, 1021, 0, 39, 0, "", ""},
  };
  history.attempts = {{1, 1, "cpu:0", 1000, 1022, "done"}, {2, 2, "cpu:1", 1004, 0, ""}};
  history.waits = {{"cpu:0", Wait::kWork, 999, 1001}, {"cpu:0", Wait::kNothing, 1001, 0}};
  JobSpec spec{.model = "m"};
  spec.clip.width = 64, spec.clip.height = 48, spec.clip.frames = 17, spec.clip.steps = 8;
  spec.output = "/clips/a.mp4";
  history.jobs = {{1, spec, 998.25}};
  spec.output = "/clips/b.mp4";
  history.jobs.push_back({2, spec, 998.25});
  history.budgets = {{"cpu:0", 1000}, {"cpu:1", 1000}};
  return history;
}

}  // namespace clipmill
