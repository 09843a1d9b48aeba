#include "media/filter_chain.h"

extern "C" {
#include <libavfilter/avfilter.h>
#include <libavutil/dict.h>
#include <libavutil/opt.h>
}

namespace clipmill {
namespace {

std::string quoted(const std::string& text) { return fmt::format("filter \"{}\"", text); }

}  // namespace

int check_filter(int code, const std::string& what) {
  if (code >= 0) return av_check(code, ErrorKind::kInput, what);
  throw Error(ErrorKind::kInput, fmt::format("{}: {}", what, av_reason(code)));
}

FilterChain::FilterChain() {
  capture_av_log();
  graph_ = av_own(avfilter_graph_alloc());
  graph_->nb_threads = 1;  // frames of several stages already keep the cores busy
  // The scalers that libavfilter puts in by itself where a user's filter wants another format.
  av_check(av_opt_set(graph_.get(), "scale_sws_opts", "flags=lanczos+accurate_rnd+full_chroma_int", 0),
           ErrorKind::kInternal, "cannot set up the filter graph");
}

AVFilterContext* FilterChain::append(const std::string& name, const FilterOptions& options) {
  const AVFilter* filter = avfilter_get_by_name(name.c_str());
  if (filter == nullptr) {
    throw Error(ErrorKind::kInput, fmt::format("this libavfilter has no filter \"{}\"", name),
                "install a libavfilter built with it, as Debian's libavfilter-dev");
  }
  AVFilterContext* context = avfilter_graph_alloc_filter(graph_.get(), filter, nullptr);
  if (context == nullptr) throw Error(ErrorKind::kOutOfMemory, "libav could not allocate memory");
  for (const auto& [key, value] : options) {
    av_check(av_opt_set(context, key.c_str(), value.c_str(), AV_OPT_SEARCH_CHILDREN), ErrorKind::kInternal,
             fmt::format("{}: option {}={}", quoted(name), key, value));
  }
  AVDictionary* none = nullptr;  // some filters look into the dictionary without asking whether there is one
  const int code = avfilter_init_dict(context, &none);
  av_dict_free(&none);
  av_check(code, ErrorKind::kInternal, quoted(name));
  if (last_ != nullptr) {
    check_filter(avfilter_link(last_, last_output_, context, 0), quoted(name));
  }
  last_ = context;
  last_output_ = 0;
  return context;
}

void FilterChain::append_graph(const std::string& text) {
  AVFilterInOut *open_inputs = nullptr, *open_outputs = nullptr;
  const int code = avfilter_graph_parse2(graph_.get(), text.c_str(), &open_inputs, &open_outputs);
  const AvPtr<AVFilterInOut> inputs(open_inputs), outputs(open_outputs);
  check_filter(code, quoted(text));
  if (!inputs || inputs->next || !outputs || outputs->next) {
    throw input_error("{}: needs one open input and one open output", quoted(text));
  }
  check_filter(avfilter_link(last_, last_output_, inputs->filter_ctx, inputs->pad_idx), quoted(text));
  last_ = outputs->filter_ctx;
  last_output_ = outputs->pad_idx;
}

void FilterChain::configure(const std::string& what) {
  check_filter(avfilter_graph_config(graph_.get(), nullptr), what);
}

}  // namespace clipmill
