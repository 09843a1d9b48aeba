#include "stages/delivery.h"

#include <torch/version.h>

#include <filesystem>

#include "base/version.h"
#include "core/job_fields.h"
#include "media/clip_render.h"
#include "media/metadata.h"
#include "stages/frame_outputs.h"

namespace clipmill {
namespace {

constexpr std::size_t kQueuedFrames = 4;

VideoOptions video_options(const RenderGraph& graph, int crf, int threads) {
  VideoOptions options;
  options.fps = graph.fps();
  options.width = graph.size().width;
  options.height = graph.size().height;
  options.crf = crf;
  options.threads = threads;
  return options;
}

/// Nothing in it changes from run to run, so that equal jobs give equal bytes.
ClipMetadata metadata_of(const JobSpec& job, int threads) {
  const std::filesystem::path output(job.output), model(job.model);
  ClipMetadata metadata;
  metadata.prompt = job.clip.prompt;
  metadata.seed = job.clip.seed;
  metadata.model = (model.has_filename() ? model : model.parent_path()).filename().string();
  for (const auto* loras : {&job.loras, &job.loras_2}) {
    for (const LoraChoice& lora : *loras)
      metadata.model +=
          fmt::format(" + {}:{}", std::filesystem::path(lora.path).filename().string(), lora.scale);
  }
  metadata.version = fmt::format("clipmill {}", kVersion);
  metadata.plan =
      fmt::format("{}, {} threads, torch {}", to_string(job.clip.precision), threads, TORCH_VERSION);
  metadata.producer = job.producer.empty() ? "clipmill" : job.producer;
  metadata.produce_id = fmt::format("{}-{}", output.stem().string(), job.clip.seed);
  return metadata;
}

/// Time spent at work, not waiting for the neighbours.
class BusyTime {
 public:
  explicit BusyTime(const Clock& clock) : clock_(clock) {}

  template <typename Work>
  auto operator()(Work work) {
    const double start = clock_.now();
    struct Add {
      double& total;
      const Clock& clock;
      double start;
      ~Add() { total += clock.now() - start; }
    } add{seconds_, clock_, start};
    return work();
  }

  double seconds() const { return seconds_; }

 private:
  const Clock& clock_;
  double seconds_ = 0;
};

}  // namespace

Delivery::Delivery(const JobSpec& job, int encoder_threads, const Clock& clock, const Report& report)
    : job_(job),
      encoder_threads_(encoder_threads),
      clock_(clock),
      report_(report),
      graph_(render_options(job.clip)),
      decoded_(kQueuedFrames),
      rendered_(kQueuedFrames) {
  renderer_ = std::thread([this] { render(); });
  encoder_ = std::thread([this] { encode(); });
}

Delivery::~Delivery() {
  const auto abandoned = std::make_exception_ptr(Error(ErrorKind::kCancelled, "cancelled"));
  decoded_.fail(abandoned);
  rendered_.fail(abandoned);
  join();
}

void Delivery::push(Frame frame) {
  const double start = clock_.now();
  const bool taken = decoded_.push(std::move(frame));
  waited_ += clock_.now() - start;
  if (taken) return;
  join();
  rethrow();
}

void Delivery::finish() {
  decoded_.close();
  join();
  rethrow();
}

void Delivery::join() {
  if (renderer_.joinable()) renderer_.join();
  if (encoder_.joinable()) encoder_.join();
}

void Delivery::rethrow() const {
  // The encoder's own failure comes first: the renderer only sees that nobody takes its frames.
  if (encode_error_) std::rethrow_exception(encode_error_);
  if (render_error_) std::rethrow_exception(render_error_);
}

void Delivery::render() try {
  report_(StageStarted{Stage::kRender});
  BusyTime busy(clock_);
  FrameOutputs outputs(job_);
  const auto forward = [&] {
    while (auto picture = busy([&] { return graph_.pull(); })) {
      if (!rendered_.push(std::move(*picture))) return false;
    }
    return true;
  };
  while (auto frame = decoded_.pop()) {
    busy([&] {
      outputs.add(*frame);
      graph_.push(*frame);
    });
    if (!forward()) return decoded_.fail(nullptr);
  }
  busy([&] {
    outputs.finish();
    graph_.finish();
  });
  if (!forward()) return;
  report_(StageFinished{Stage::kRender, busy.seconds(), 0});
  rendered_.close();
} catch (...) {
  render_error_ = std::current_exception();
  decoded_.fail(render_error_);
  rendered_.fail(render_error_);
}

void Delivery::encode() try {
  report_(StageStarted{Stage::kEncodeVideo});
  BusyTime busy(clock_);
  std::optional<Mp4Writer> writer;
  while (auto picture = rendered_.pop()) {
    busy([&] {
      if (!writer)
        writer.emplace(job_.output, video_options(graph_, job_.clip.crf, encoder_threads_),
                       container_metadata(metadata_of(job_, encoder_threads_)));
      writer->write(*picture);
    });
  }
  if (!writer)
    throw Error(ErrorKind::kInput, "the filter graph let no frame through", "look at the clip's filter");
  busy([&] { writer->finish(); });
  report_(StageFinished{Stage::kEncodeVideo, busy.seconds(), 0});
} catch (...) {
  encode_error_ = std::current_exception();
  rendered_.fail(encode_error_);
  decoded_.fail(encode_error_);
}

}  // namespace clipmill
