// A simulation as a page.
#pragma once

#include <string>
#include <vector>

#include "simulate/simulation.h"

namespace clipmill {

struct PolicySimulation {
  const Policy* policy = nullptr;
  Simulation simulation;
};

/// One HTML file without scripts or anything from elsewhere: policies beside each other; for each of them
/// what ran where (of the first 64 devices, the first 10,000 runs), how many waited, what was busy, and how
/// long each priority waited. `answer`: a sentence above all, may be empty.
std::string simulation_page(const Workload& workload, const std::vector<PolicySimulation>& simulations,
                            const SimulationOptions& options, const std::string& title,
                            const std::string& answer);

}  // namespace clipmill
