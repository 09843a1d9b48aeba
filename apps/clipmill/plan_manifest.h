// The clips of a manifest on devices that need not exist: the dispatcher itself, in virtual time, by
// estimates.
#pragma once

#include <string>
#include <vector>

#include "clipmill/clip_list.h"
#include "clipmill/known_estimates.h"
#include "observe/gantt.h"

namespace clipmill {

struct PlanOptions {
  ClipListOptions clips;
  EstimateSource source;
  std::vector<std::string> devices = {"1"}, policies;  ///< no policies: all
  std::string vram = "48GB", balance = "finish-time", gantt;
  int lanes = 1;
  bool json = false;
};

/// `options` has to outlive `command`.
void add_plan_flags(CLI::App& command, PlanOptions& options);

/// Prints a row a policy and the chart of the one that ends first; returns the exit code.
int plan_manifest(const PlanOptions& options, const JobFlags& flags);

/// As a page, or an image where the name ends with .svg; no file, no chart.
void write_gantt(const GanttChart& chart, const std::string& file);

}  // namespace clipmill
