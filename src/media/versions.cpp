#include "media/versions.h"

#include <fmt/format.h>

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavfilter/avfilter.h>
#include <libavformat/avformat.h>
#include <libswscale/swscale.h>
}

namespace clipmill {
namespace {

std::string dotted(unsigned version) {
  return fmt::format("{}.{}.{}", AV_VERSION_MAJOR(version), AV_VERSION_MINOR(version),
                     AV_VERSION_MICRO(version));
}

}  // namespace

std::vector<std::pair<std::string, std::string>> av_versions() {
  return {{"libavcodec", dotted(avcodec_version())},
          {"libavformat", dotted(avformat_version())},
          {"libavfilter", dotted(avfilter_version())},
          {"libavutil", dotted(avutil_version())},
          {"libswscale", dotted(swscale_version())}};
}

bool has_encoder(const std::string& name) { return avcodec_find_encoder_by_name(name.c_str()) != nullptr; }
bool has_filter(const std::string& name) { return avfilter_get_by_name(name.c_str()) != nullptr; }

}  // namespace clipmill
