// A training run as its TOML file asks for it: value types with every default, shared by the program that
// checks them and the worker that follows them. The formulas are those of the trainers (train/).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "checkpoint/config.h"
#include "core/job.h"

namespace clipmill {

/// Clips of one size and length; `weight` is how often a batch is drawn from it, relative to the others.
struct Bucket {
  int width = 64;
  int height = 64;
  int frames = 17;  ///< 4k+1
  double weight = 1;

  bool operator==(const Bucket&) const = default;
};

/// What the training sees: a built-in world, or a folder of clips with captions.
struct DataRecipe {
  std::string world;         ///< "shapes"; empty: `folder`
  std::string folder;        ///< videos or folders of frames, with captions beside them
  int clips = 3000;          ///< of a world: how many different ones
  bool skip_broken = false;  ///< of a folder: leave broken clips out instead of refusing the run
  std::vector<Bucket> buckets = {{}};
};

/// As a number of segments or clips: what measurement shows to be best within the memory.
inline constexpr int kAutoSegments = -1, kAutoBatch = 0;

/// One optimisation: AdamW over `steps` batches.
struct OptimizerRecipe {
  int steps = 0;       ///< 0: this part is not trained
  int batch = 8;       ///< clips a step, or kAutoBatch
  int accumulate = 1;  ///< a step's batch in so many parts, for memory
  double learning_rate = 1e-3;
  int warmup = 100;  ///< steps from 0 to the full rate, then a cosine to `final_rate` of it
  double final_rate = 0;
  double beta1 = 0.9, beta2 = 0.99;
  double weight_decay = 0;
  double clip_norm = 1;  ///< largest L2 norm of a step's gradient; 0: no limit
  double ema = 0.998;    ///< decay of the averaged weights that are kept; 0: none
};

struct VaeRecipe {
  OptimizerRecipe optimizer;
  std::vector<Bucket>
      buckets;              ///< other sizes and lengths than the data's, shorter ones say; empty: the data's
  double kl = 1e-4;         ///< weight of the KL divergence, per latent value
  double rim = 3;           ///< how much more a pixel on an edge counts
  double edge = 0;          ///< weight of the L1 difference of spatial gradients
  double latent_noise = 0;  ///< standard deviation of noise on the latents in decoder training, in their own
  int image_steps = 0;      ///< the first steps see single frames: pictures are learned before motion
  int decoder_steps = 0;    ///< further steps of the decoder alone, its encoder being fixed
  double decoder_learning_rate = 5e-4;
};

/// Flow matching: x = (1 − σ) x₀ + σ ε, v = ε − x₀, σ = shift·u / (1 + (shift − 1) u), u logit-normal.
struct FlowRecipe {
  OptimizerRecipe optimizer;
  double caption_dropout = 0.1;  ///< share of clips that see the empty caption
  double sigma_shift = 2;
  double logit_mean = 0, logit_std = 1;
};

/// Fine-tuning by low-rank additions to the transformer's linear layers; the base stays as it is.
struct LoraRecipe {
  int rank = 0;      ///< 0: no LoRA, the whole transformer is trained
  double alpha = 0;  ///< scale = alpha / rank; 0: alpha = rank
  std::vector<std::string> targets = {"q", "k", "v", "o", "ffn"};
};

/// What is shown while training, and how often its state is kept.
struct WatchRecipe {
  int log_every = 20;      ///< steps
  int save_every = 200;    ///< steps between saved states: what a kill can cost
  int sample_every = 0;    ///< steps between contact sheets of samples; 0: none
  int evaluate_every = 0;  ///< steps between measurements of adherence (shapes only); 0: none
  int evaluate_prompts = 32;
  int evaluate_final = 240;  ///< prompts measured at the end; 0: none
};

struct TrainRecipe {
  std::string output;  ///< the model folder (or LoRA file's folder) that the run makes
  std::string base;    ///< model folder to start from; empty: from scratch
  std::uint64_t seed = 1;
  Precision precision = Precision::kFp32;  ///< of the computation: fp16 and bf16 by autocast
  int segments = 0;                        ///< activation checkpointing: 0 none, n segments, or kAutoSegments
  std::int64_t memory = 0;  ///< bytes that the run may hold on its device; 0: no cap but the device's own
  Precision stored = Precision::kFp16;  ///< of the weights in the finished checkpoint
  DataRecipe data;
  VaeConfig vae;
  TextEncoderConfig text_encoder;
  TransformerConfig transformer;
  int vocabulary = 128;   ///< pieces of the tokenizer, learned from the captions
  double flow_shift = 3;  ///< the finished checkpoint's, for its sampler
  VaeRecipe train_vae;
  FlowRecipe train_transformer;
  LoraRecipe lora;
  WatchRecipe watch;
};

/// Measuring prompt adherence of a shapes model.
struct EvaluateRecipe {
  std::string model;
  std::string output;                  ///< folder for the table, JSON and contact sheets
  std::vector<std::string> loras;      ///< each as parse_loras() of core/lora_choice.h reads it
  int prompts = 240;                   ///< half of them combinations never trained
  std::vector<Bucket> buckets = {{}};  ///< sizes and lengths to measure; weights are ignored
  std::uint64_t seed = 1000;
  int steps = 20;
  double guidance = 2;
  int batch = 16;  ///< clips denoised together
  Precision precision = Precision::kFp32;
};

/// How many clips fit the memory at once: of a training step, or generated together.
struct BatchRecipe {
  std::string train;    ///< JSON of a TrainRecipe; empty: clips of `model` are generated
  bool vae = false;     ///< of the training: its VAE, not its transformer
  std::string model;    ///< folder in the Diffusers layout
  Bucket bucket;        ///< size and length of the clips
  int steps = 20;       ///< denoising steps of a clip
  double guidance = 2;  ///< classifier-free guidance scale; ≤ 1 turns it off
  Precision precision = Precision::kFp32;
  std::int64_t memory = 0;   ///< bytes on the device; 0: all there is
  int largest = 4096;        ///< the largest number worth knowing
  double most_seconds = 30;  ///< a batch that would take longer counts as too large
};

}  // namespace clipmill
