// From decoded frames to the finished file: render and encode_video, each on its own thread, over bounded
// queues.
#pragma once

#include <exception>
#include <thread>

#include "base/channel.h"
#include "core/job.h"
#include "media/mp4_writer.h"
#include "media/render.h"
#include "stages/reporter.h"

namespace clipmill {

class Delivery {
 public:
  /// Frames wait in queues of a few; nobody holds the clip. `clock` and `report` are used from the threads
  /// too.
  Delivery(const JobSpec& job, int encoder_threads, const Clock& clock, const Report& report);
  /// Without finish(): stops the threads, and no file appears.
  ~Delivery();

  /// The next decoded frame. Throws what rendering or encoding threw.
  void push(Frame frame);
  /// Seconds that push() took because rendering and encoding were not ready for the frame.
  double waited() const { return waited_; }
  /// Waits for the rest. The clip then has its final name. Throws what rendering or encoding threw.
  void finish();

 private:
  void render();
  void encode();
  void join();
  void rethrow() const;

  const JobSpec& job_;
  const int encoder_threads_;
  const Clock& clock_;
  const Report& report_;
  RenderGraph graph_;
  double waited_ = 0;
  Channel<Frame> decoded_;
  Channel<VideoFrame> rendered_;
  std::exception_ptr render_error_, encode_error_;
  std::thread renderer_, encoder_;  // last: they use all of the above
};

}  // namespace clipmill
