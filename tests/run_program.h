// For tests of `clipmill run`: a folder to run it in, with the shipped model.
#pragma once

#include <gtest/gtest.h>

#include "program.h"

namespace clipmill {

inline const std::string kClipmill = quoted(kBuild / "clipmill");
inline const std::string kModel = quoted(kSource / "models/shapes");
inline const std::string kSmall = " --size 32x32 --frames 5 --steps 2 --guidance 2 --max-text-tokens 32";
inline const std::string kPrompt = " --prompt 'a red circle moving left on a black background'";

class Run : public testing::Test {
 protected:
  Outcome clipmill(const std::string& arguments) const {
    return folder_.run(kClipmill + " run " + arguments);
  }
  Outcome one(const std::string& arguments) const {
    return clipmill("--model " + kModel + kPrompt + kSmall + " " + arguments);
  }

  void write(const std::string& name, const std::string& text) const {
    std::ofstream(folder_ / name) << text;
  }
  void write_shots(int clips, int steps = 2) const {
    std::string text = "output_folder = \"clips\"\n[defaults]\nmodel = \"" +
                       (kSource / "models/shapes").string() +
                       "\"\nsize = \"32x32\"\nframes = 5\nguidance = 2\nmax_text_tokens = 32\nsteps = " +
                       std::to_string(steps) + "\n";
    for (int i = 0; i < clips; ++i)
      text +=
          "[[clip]]\nprompt = \"a red circle growing on a black background\"\nseed = " + std::to_string(i) +
          "\n";
    write("shots.toml", text);
  }

  /// Files below the folder, hidden ones too, but for the captured output.
  std::vector<std::string> files() const {
    std::vector<std::string> found;
    for (const auto& entry : fs::recursive_directory_iterator(folder_.path())) {
      const std::string name = entry.path().filename();
      if (entry.is_regular_file() && name != ".stdout" && name != ".stderr")
        found.push_back(fs::relative(entry.path(), folder_.path()));
    }
    return found;
  }

  const TemporaryFolder folder_;
};

}  // namespace clipmill
