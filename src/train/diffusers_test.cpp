// Whether Diffusers and Transformers load what the trainer writes. Runs where CLIPMILL_DIFFUSERS_PYTHON names
// a Python that has them (tests/parity/requirements.txt).
#include <gtest/gtest.h>

#include <cstdlib>
#include <nlohmann/json.hpp>

#include "base/atomic_file.h"
#include "checkpoint/model_folder.h"
#include "checkpoint/test_folder.h"
#include "model/tensor_io.h"
#include "model/tokenizer.h"
#include "train/model_writer.h"
#include "train/shapes_dataset.h"
#include "train/tokenizer_trainer.h"

namespace clipmill {
namespace {

/// The shipped weights under a tokenizer learned anew.
ModelParts shipped_parts() {
  const ModelFolder model = ModelFolder::open(CLIPMILL_SOURCE_DIR "/models/shapes");
  ModelParts parts{model.vae_config(), model.text_encoder_config(), model.transformer_config()};
  parts.vae = load_tensors(model.vae());
  parts.text_encoder = load_tensors(model.text_encoder());
  parts.transformer = load_tensors(model.transformer());
  parts.tokenizer =
      train_tokenizer(ShapesDataset(1, 1).captions(), parts.text_encoder_config.vocab_size).files;
  return parts;
}

nlohmann::json ids_of_captions(const std::filesystem::path& spiece_model) {
  const Tokenizer tokenizer(spiece_model);
  auto captions = ShapesDataset(1, 1).captions();
  captions.resize(46);
  captions.insert(captions.end(),
                  {"", "the quick brown fox, 42 times!", "circles and squares ß?", "don't blink"});
  nlohmann::json cases = nlohmann::json::array();
  for (const std::string& caption : captions) cases.push_back({caption, tokenizer.encode(caption, 512)});
  return cases;
}

TEST(Diffusers, LoadsWhatTheTrainerWrites) {
  const char* python = std::getenv("CLIPMILL_DIFFUSERS_PYTHON");
  if (!python) GTEST_SKIP() << "CLIPMILL_DIFFUSERS_PYTHON is not set";
  const ModelParts parts = shipped_parts();
  for (const Precision stored : {Precision::kFp16, Precision::kBf16, Precision::kFp32}) {
    const TestFolder folder;
    write_model(folder / "model", parts, stored, 3);
    write_file(folder / "ids.json", ids_of_captions(folder / "model/tokenizer/spiece.model").dump());
    const std::string command =
        fmt::format("'{}' '{}/tests/parity/load_in_diffusers.py' '{}' '{}'", python, CLIPMILL_SOURCE_DIR,
                    (folder / "model").string(), (folder / "ids.json").string());
    EXPECT_EQ(std::system(command.c_str()), 0);
  }
}

}  // namespace
}  // namespace clipmill
