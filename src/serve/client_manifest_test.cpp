#include "serve/client_manifest.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/job_fields.h"

namespace clipmill {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

const ManifestReading kReading = {
    .request = {.lora_path = [](const std::string& name) -> std::string {
      if (name != "ink") throw input_error("there is no LoRA \"{}\"", name);
      return "/loras/ink.safetensors";
    }},
    .model_path = [](const std::string& name) -> std::string {
      if (name == "nobody") throw input_error("there is no model \"{}\"", name);
      return "/models/" + name;
    },
    .shape = [](JobSpec& job) { job.clip.frames = job.model == "/models/shapes" ? 17 : 81; },
    .only_model = "",
};

std::vector<std::string> problems_of(const std::string& text, Format format) {
  std::vector<std::string> said;
  try {
    client_manifest(text, format, kReading);
  } catch (const ManifestError& error) {
    for (const Diagnostic& each : error.diagnostics()) said.push_back(to_string(each));
  }
  return said;
}

TEST(ClientManifest, IsAManifestOfNames) {
  const Manifest manifest = client_manifest(
      "model = \"shapes\"\n[[clip]]\nprompt = \"a\"\nlora = \"ink:0.5\"\n[[clip]]\nprompt = \"b\"\nframes = "
      "9\n"
      "[[clip]]\nprompt = \"c\"\nmodel = \"wan\"\nseeds = [1, 2]\n",
      Format::kToml, kReading);
  ASSERT_EQ(manifest.jobs.size(), 4u);
  EXPECT_EQ(manifest.jobs[0].model, "/models/shapes");
  EXPECT_EQ(manifest.jobs[0].loras, (std::vector<LoraChoice>{{"/loras/ink.safetensors", 0.5}}));
  EXPECT_EQ(manifest.jobs[0].clip.frames, 17) << "as its model is made for";
  EXPECT_EQ(manifest.jobs[1].clip.frames, 9);
  EXPECT_EQ(manifest.jobs[2].clip.frames, 81) << "of another model";
  EXPECT_EQ(manifest.jobs[3].clip.seed, 2u);
  EXPECT_EQ(manifest.jobs[3].output, "") << "the server names it";
}

TEST(ClientManifest, SaysEverythingThatIsWrongWithItsLine) {
  EXPECT_THAT(
      problems_of("{\"prompt\": \"a\", \"model\": \"nobody\"}\n{\"prompt\": \"b\"}\n"
                  "{\"prompt\": \"c\", \"model\": \"shapes\", \"lora\": \"oil\"}\n",
                  Format::kJsonLines),
      ElementsAre(HasSubstr("manifest:1: there is no model"), HasSubstr("manifest:2: model is missing"),
                  HasSubstr("manifest:3: there is no LoRA")));
  EXPECT_THAT(problems_of("prompt,fames\na,9\n", Format::kCsv), ElementsAre(HasSubstr("did you mean")));
}

/// Every key that a client may not set, in every layer it might come by.
TEST(ClientManifest, NoClientNamesFilesProgramsOrFilters) {
  for (const auto& [key, value] :
       std::vector<std::pair<std::string, std::string>>{{"poster", "\"/tmp/x.jpg\""},
                                                        {"contact_sheet", "\"/tmp/x.png\""},
                                                        {"save_tensors", "\"/tmp\""},
                                                        {"frames_folder", "\"/tmp\""},
                                                        {"init_latents", "\"/tmp/x\""},
                                                        {"filter", "\"movie=/etc/passwd\""},
                                                        {"memory_usage", "\"/tmp/x\""},
                                                        {"priority", "9"},
                                                        {"deadline", "\"2030-01-01 10:00\""},
                                                        {"preview_every", "1"},
                                                        {"after", "\"x.mp4\""},
                                                        {"lora_2", "\"/tmp/x\""},
                                                        {"crf", "3"},
                                                        {"producer", "\"somebody\""}}) {
    const std::string clip = "[[clip]]\nprompt = \"a\"\nmodel = \"shapes\"\n";
    EXPECT_THAT(problems_of(clip + key + " = " + value + "\n", Format::kToml),
                ElementsAre(HasSubstr(key + " is the server's")));
    EXPECT_THAT(problems_of(key + " = " + value + "\n" + clip, Format::kToml),
                ElementsAre(HasSubstr(key + " is the server's")));
  }
  EXPECT_THAT(
      problems_of("engine = \"command\"\ncommand = \"rm\"\n[[clip]]\nprompt = \"a\"\nmodel = \"shapes\"",
                  Format::kToml),
      testing::Contains(HasSubstr("engine is the server's")));
  EXPECT_THAT(
      problems_of("output_folder = \"/tmp\"\n[[clip]]\nprompt = \"a\"\nmodel = \"shapes\"", Format::kToml),
      ElementsAre(HasSubstr("output_folder is the server's")));
}

TEST(ClientManifest, TypesByName) {
  EXPECT_EQ(format_of_type("Text/CSV; charset=utf-8"), Format::kCsv);
  EXPECT_EQ(format_of_type("application/x-ndjson"), Format::kJsonLines);
  EXPECT_THROW(format_of_type("application/json"), RequestProblem);
}

}  // namespace
}  // namespace clipmill
