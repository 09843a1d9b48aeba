#include "media/av.h"

#include <array>
#include <cerrno>
#include <cstdarg>
#include <mutex>
#include <utility>

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavfilter/avfilter.h>
#include <libavformat/avformat.h>
#include <libswscale/swscale.h>
}

namespace clipmill {
namespace {

constexpr std::size_t kLogLimit = 2000;

// libav's callback has no user data, so what it says is kept for the thread that called it.
std::string& thread_log() {
  static thread_local std::string log;
  return log;
}

void keep_errors(void* context, int level, const char* format, va_list arguments) {
  if (level > AV_LOG_ERROR || thread_log().size() > kLogLimit) return;
  std::array<char, 512> line{};
  int print_prefix = 0;
  av_log_format_line2(context, level, format, arguments, line.data(), line.size(), &print_prefix);
  thread_log() += line.data();
}

std::string take_log() {
  std::string log = std::exchange(thread_log(), {});
  while (!log.empty() && (log.back() == '\n' || log.back() == ' ')) log.pop_back();
  for (std::size_t end; (end = log.find('\n')) != std::string::npos;) log.replace(end, 1, "; ");
  return log;
}

bool is_file_system_error(int code) {
  constexpr std::array kCodes = {ENOSPC, EDQUOT, EACCES, EPERM, EIO, EROFS, EFBIG, ENOENT, ENOTDIR};
  for (const int number : kCodes) {
    if (code == AVERROR(number)) return true;
  }
  return false;
}

}  // namespace

AVRational exact_rate(double frames_a_second) {
  constexpr int kLargestTerm = 1001000;
  return av_d2q(frames_a_second, kLargestTerm);
}

void AvDelete::operator()(AVCodecContext* handle) const { avcodec_free_context(&handle); }
void AvDelete::operator()(AVFilterGraph* handle) const { avfilter_graph_free(&handle); }
void AvDelete::operator()(AVFilterInOut* handle) const { avfilter_inout_free(&handle); }
void AvDelete::operator()(AVFrame* handle) const { av_frame_free(&handle); }
void AvDelete::operator()(AVPacket* handle) const { av_packet_free(&handle); }
void AvDelete::operator()(SwsContext* handle) const { sws_freeContext(handle); }

void AvDelete::operator()(AVFormatContext* handle) const {
  if (handle->iformat != nullptr) {
    avformat_close_input(&handle);
    return;
  }
  avio_closep(&handle->pb);
  avformat_free_context(handle);
}

void capture_av_log() {
  static std::once_flag once;
  std::call_once(once, [] { av_log_set_callback(keep_errors); });
}

std::string av_reason(int code) {
  const std::string log = take_log();
  if (!log.empty()) return log;
  std::array<char, AV_ERROR_MAX_STRING_SIZE> text{};
  av_strerror(code, text.data(), text.size());
  return text.data();
}

Error av_error(int code, ErrorKind kind, const std::string& what) {
  if (is_file_system_error(code)) {
    take_log();
    return io_error(what, AVUNERROR(code));
  }
  if (code == AVERROR(ENOMEM)) kind = ErrorKind::kOutOfMemory;
  return Error(kind, fmt::format("{}: {}", what, av_reason(code)));
}

int av_check(int code, ErrorKind kind, const std::string& what) {
  if (code < 0) throw av_error(code, kind, what);
  thread_log().clear();
  return code;
}

}  // namespace clipmill
