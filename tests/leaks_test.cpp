// `clipmill leaks`: twelve kinds of leaks, planted in a worker, and none in ours.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "run_program.h"
#include "vram/testing/planted_leaks.h"

namespace clipmill {
namespace {

using nlohmann::json;
using testing::AllOf;
using testing::HasSubstr;

class Leaks : public Run {
 protected:
  Outcome leaks(const std::string& arguments) const {
    return folder_.run(kClipmill + " leaks --json --device cpu:0 " + arguments);
  }
  std::string clip(const std::string& prompt) const {
    return "--model " + kModel + " --prompt " + prompt +
           " --size 32x32 --frames 5 --steps 1 --guidance 1 --max-text-tokens 32 ";
  }
  const std::string leaky_ = " --worker " + quoted(CLIPMILL_LEAKY_WORKER);
};

/// Each by its scope and category, with all its bytes and the calls that made it.
TEST_F(Leaks, ThoseOfTensorsAreNamed) {
  std::string shots = "[defaults]\nmodel = \"" + (kSource / "models/shapes").string() +
                      "\"\nsize = \"32x32\"\nframes = 5\nsteps = 1\nguidance = 1\nmax_text_tokens = 32\n";
  for (const test::PlantedLeak& planted : test::planted_leaks())
    shots += std::string("[[clip]]\nprompt = \"") + planted.name + "\"\n";
  write("shots.toml", shots);
  const Outcome run = leaks("shots.toml --times 2" + leaky_);
  EXPECT_EQ(run.exit_code, 1) << run.err;
  const json told = json::parse(run.out);
  EXPECT_FALSE(told.at("clean"));
  for (const test::PlantedLeak& planted : test::planted_leaks()) {
    const std::string scope = std::string(" in denoise/") + planted.scope + "\n";
    // Of intermediates the first of a kind of clip may be what libraries keep.
    const int times = planted.category == MemoryCategory::kIntermediate ? 1 : 2;
    double bytes = 0;
    for (const json& leak : told.at("leaks")) {
      const std::string text = leak.at("text");
      if (text.find(scope) == std::string::npos) continue;
      EXPECT_THAT(text, testing::StartsWith(std::string(to_string(planted.category)) + " of lane 1"));
      EXPECT_THAT(text, HasSubstr("in_a")) << "the function that made it";
      bytes += leak.at("bytes").get<double>();
    }
    const int copies = std::string_view(planted.name) == "DuplicatedWeight" ? 2 : 1;  // nobody keeps the other one here
    const double left = 1024.0 * times * copies * static_cast<double>(planted.kibibytes);
    EXPECT_NEAR(bytes, left, times * 16384.0) << planted.name << ": " << run.out;
  }
}

/// 300 bytes a clip.
TEST_F(Leaks, OfTheHostsHeapIsSeenByItsGrowth) {
  const Outcome run = leaks(clip("Host") + "--times 40" + leaky_);
  EXPECT_EQ(run.exit_code, 1) << run.err;
  const json host = json::parse(run.out).at("host");
  EXPECT_EQ(host.at("verdict"), "certain") << run.out;
  EXPECT_NEAR(host.at("bytes_per_job").get<double>(), 300, 100) << "and malloc's own bytes";
}

TEST_F(Leaks, OurWorkerHasNone) {
  const Outcome run = leaks(clip("'a red circle'") + "--times 40");
  EXPECT_EQ(run.exit_code, 0) << run.out << run.err;
  EXPECT_TRUE(json::parse(run.out).at("clean"));
}

TEST_F(Leaks, AreLookedForInOneWorker) {
  const Outcome run = leaks(clip("'a red circle'") + "--device cpu:1");
  EXPECT_EQ(run.exit_code, 2);
  EXPECT_THAT(run.err, HasSubstr("name one --device"));
}

}  // namespace
}  // namespace clipmill
