// libav's handles, wrapped once: they free themselves, and a failed call throws clipmill::Error.
#pragma once

#include <memory>
#include <string>

#include "base/error.h"

struct AVCodecContext;
struct AVFilterGraph;
struct AVFilterInOut;
struct AVFormatContext;
struct AVFrame;
struct AVPacket;
struct SwsContext;
struct AVRational;

namespace clipmill {

struct AvDelete {
  void operator()(AVCodecContext* handle) const;
  void operator()(AVFilterGraph* handle) const;
  void operator()(AVFilterInOut* handle) const;
  void operator()(AVFormatContext* handle) const;
  void operator()(AVFrame* handle) const;
  void operator()(AVPacket* handle) const;
  void operator()(SwsContext* handle) const;
};

/// Owns a handle of libav. A format context is closed together with the file it writes or reads.
template <typename Handle>
using AvPtr = std::unique_ptr<Handle, AvDelete>;

/// A frame rate as libav wants it: exact for NTSC's n/1001, too.
AVRational exact_rate(double frames_a_second);

/// From now on libav writes nothing to stderr; its error lines are kept for this thread's next av_error().
void capture_av_log();

/// Why the last call failed, in libav's own words: what it logged on this thread, else the text of `code`.
std::string av_reason(int code);

/// An Error that says "`what`: reason". Codes that mean the file system or memory make it kIo or kOutOfMemory
/// whatever `kind` is.
Error av_error(int code, ErrorKind kind, const std::string& what);

/// Returns `code` unless it is an AVERROR, then throws av_error(code, kind, what).
int av_check(int code, ErrorKind kind, const std::string& what);

/// Takes over a freshly allocated handle; throws Error(kOutOfMemory) when it is null.
template <typename Handle>
AvPtr<Handle> av_own(Handle* handle) {
  if (handle == nullptr) throw Error(ErrorKind::kOutOfMemory, "libav could not allocate memory");
  return AvPtr<Handle>(handle);
}

}  // namespace clipmill
