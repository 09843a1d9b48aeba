#include "media/clip_render.h"

namespace clipmill {

RenderOptions render_options(const ClipSpec& clip) {
  RenderOptions options;
  options.width = clip.width;
  options.height = clip.height;
  options.fps = clip.fps;
  options.output_width = clip.output_width;
  options.output_height = clip.output_height;
  options.output_fps = clip.output_fps;
  options.label = clip.label;
  options.filter = clip.filter;
  return options;
}

}  // namespace clipmill
