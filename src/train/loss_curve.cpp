#include "train/loss_curve.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace clipmill {
namespace {

constexpr double kWidth = 720, kHeight = 240, kLeft = 64, kTop = 32, kRight = 16, kBottom = 32;

std::vector<std::string> phases_of(const std::vector<LogRow>& rows) {
  std::vector<std::string> phases;
  for (const LogRow& row : rows) {
    if (std::ranges::count(phases, row.phase) == 0) phases.push_back(row.phase);
  }
  return phases;
}

/// Steps to pixels across, log loss to pixels down.
struct Axes {
  double steps = 1, low = 0, high = 1;  // log10 of the loss

  explicit Axes(const std::vector<LogRow>& rows) {
    low = 1e9, high = -1e9;
    for (const LogRow& row : rows) {
      steps = std::max(steps, static_cast<double>(row.step));
      low = std::min(low, log_loss(row)), high = std::max(high, log_loss(row));
    }
    if (high - low < 1e-3) high = low + 1e-3;
  }
  static double log_loss(const LogRow& row) { return std::log10(std::max(row.loss, 1e-9)); }
  double x(double step) const { return kLeft + (kWidth - kLeft - kRight) * step / steps; }
  double y(double log) const { return kTop + (kHeight - kTop - kBottom) * (high - log) / (high - low); }
};

std::string tick(const Axes& axes, double log) {
  return fmt::format(
      "<text x=\"{}\" y=\"{:.1f}\" text-anchor=\"end\">{:.3g}</text>"
      "<line x1=\"{}\" x2=\"{}\" y1=\"{:.1f}\" y2=\"{:.1f}\" stroke=\"#ddd\"/>\n",
      kLeft - 6, axes.y(log) + 4, std::pow(10, log), kLeft, kWidth - kRight, axes.y(log), axes.y(log));
}

std::string panel(const std::string& phase, const std::vector<LogRow>& rows, double top) {
  const Axes axes(rows);
  std::string svg = fmt::format(
      "<g transform=\"translate(0,{})\">\n<text x=\"{}\" y=\"20\">{}: loss {:.4g} after {} "
      "steps</text>\n",
      top, kLeft, phase, rows.back().loss, rows.back().step);
  for (int i = 0; i <= 4; ++i) svg += tick(axes, axes.low + (axes.high - axes.low) * i / 4);
  std::string points;
  for (const LogRow& row : rows)
    points += fmt::format("{:.1f},{:.1f} ", axes.x(row.step), axes.y(Axes::log_loss(row)));
  svg +=
      fmt::format("<polyline fill=\"none\" stroke=\"#06c\" stroke-width=\"1.5\" points=\"{}\"/>\n", points);
  svg += fmt::format("<text x=\"{}\" y=\"{}\" text-anchor=\"end\">{:.0f}</text>\n</g>\n", kWidth - kRight,
                     kHeight - 10, axes.steps);
  return svg;
}

}  // namespace

std::string loss_curve(const std::vector<LogRow>& rows) {
  std::string panels;
  double top = 0;
  for (const std::string& phase : phases_of(rows)) {
    std::vector<LogRow> own;
    std::ranges::copy_if(rows, std::back_inserter(own),
                         [&](const LogRow& row) { return row.phase == phase; });
    panels += panel(phase, own, top);
    top += kHeight;
  }
  return fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {} {}\" font-family=\"sans-serif\" "
      "font-size=\"12\">\n<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n{}</svg>\n",
      kWidth, std::max(top, kHeight), panels);
}

}  // namespace clipmill
