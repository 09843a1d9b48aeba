// Closed batches and flow shops: list rules, plans after 50 ms and 1 s, OR-Tools CP-SAT beside them,
// Taillard's instances. bench_schedule [--write FOLDER]: with it, only writes the instances for
// bench/makespan_cp_sat.py.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <map>
#include <sstream>

#include "base/atomic_file.h"
#include "schedule/iterated_greedy.h"
#include "schedule/list_rule.h"
#include "schedule/read_instance.h"
#include "schedule/search_plan.h"
#include "schedule/testing/makespan_instances.h"
#include "schedule/testing/taillard.h"
#include "timing.h"

namespace clipmill::schedule {
namespace {

constexpr std::array kSizes = {5, 8, 12, 16, 20, 30, 50, 100, 300, 1000};
constexpr int kPerSize = 4;
constexpr std::array kSeconds = {0.05, 1.0};

/// Of this process, so that other work on the machine does not shorten the plans.
class ProcessorClock : public Clock {
 public:
  double now() const override { return processor_seconds(); }
};

struct Sample {
  std::string name;
  int jobs;
  Instance instance;
};

/// 40 instances; the classes take turns.
std::vector<Sample> sample() {
  std::vector<Sample> all;
  for (const int n : kSizes) {
    for (int i = 0; i < kPerSize; ++i) {
      const auto& kind = test::instance_classes()[3 * all.size() % test::instance_classes().size()];
      all.push_back({fmt::format("{}-{}.txt", kind.name, n), n, test::make_instance(kind, n, 1)});
    }
  }
  return all;
}

struct CpSat {
  double value = 0, bound = 0;
  bool optimal = false;
};

std::map<std::string, CpSat> read_cp_sat(const std::filesystem::path& file) {
  std::map<std::string, CpSat> results;
  std::istringstream lines(read_file(file));
  std::string line;
  for (std::getline(lines, line); std::getline(lines, line);) {
    std::ranges::replace(line, ',', ' ');
    std::istringstream words(line);
    std::string name;
    CpSat result;
    words >> name >> result.value >> result.bound >> result.optimal;
    results[name] = result;
  }
  return results;
}

double mean(const std::vector<double>& values) {
  double sum = 0;
  for (const double value : values) sum += value;
  return values.empty() ? 0 : sum / static_cast<double>(values.size());
}

/// What makes a plan, and how far its plans are from CP-SAT's. Gaps are of where CP-SAT did not prove its
/// own.
struct Method {
  std::string name;
  std::vector<double> where_optimal, elsewhere, gap_closed, gap_left;

  void add(double makespan, const CpSat& cp_sat, double bound) {
    (cp_sat.optimal ? where_optimal : elsewhere).push_back(makespan / cp_sat.value);
    if (!cp_sat.optimal && cp_sat.value > cp_sat.bound) {
      gap_left.push_back(100 * (makespan / bound - 1));
      gap_closed.push_back((cp_sat.value - makespan) / (cp_sat.value - cp_sat.bound));
    }
  }
};

void print_against_cp_sat() {
  const auto cp_sat = read_cp_sat(CLIPMILL_SOURCE_DIR "/bench/makespan_cp_sat.csv");
  std::vector<Method> methods = {{"CP-SAT, its bound"}, {"CP-SAT, best bound"}};
  for (const ListRule* rule : list_rules()) methods.push_back({std::string(rule->name)});
  for (const double seconds : kSeconds) methods.push_back({fmt::format("plan, {:g} s", seconds)});
  fmt::print("{:<26}{:>9}{:>11}{:>9}{:>9}{:>9}{:>9}\n", "instance", "CP-SAT", "its bound", "list", "50 ms",
             "1 s", "bound");
  for (const Sample& one : sample()) {
    const CpSat& reference = cp_sat.at(one.name);
    std::vector<double> makespans = {reference.value, reference.value};
    for (const ListRule* rule : list_rules()) makespans.push_back(list_plan(one.instance, *rule).makespan);
    const double list = makespans.back();
    double bound = 0;
    for (const double seconds : kSeconds) {
      const Plan plan = search_plan(one.instance, {.seconds = seconds}, ProcessorClock());
      makespans.push_back(plan.makespan);
      bound = std::max(bound, plan.lower_bound);
    }
    for (std::size_t i = 0; i < methods.size(); ++i) {
      methods[i].add(makespans[i], reference, i == 0 ? reference.bound : std::max(bound, reference.bound));
    }
    fmt::print("{:<26}{:>9}{:>10}{}{:>9}{:>9}{:>9}{:>9}\n", one.name, reference.value, reference.bound,
               reference.optimal ? '=' : ' ', list, makespans[makespans.size() - 2], makespans.back(), bound);
  }
  fmt::print("\nrelative to CP-SAT (one worker, 15 s)\n{:<20}{:>22}{:>12}{:>12}{:>22}\n", "",
             "where it was optimal", "elsewhere", "gap there", "half its gap closed");
  for (const Method& m : methods) {
    fmt::print("{:<20}{:>22.4f}{:>12.4f}{:>10.2f} %{:>15} of {:>3}\n", m.name, mean(m.where_optimal),
               mean(m.elsewhere), mean(m.gap_left),
               std::ranges::count_if(m.gap_closed, [](double share) { return share >= 0.5; }),
               m.gap_closed.size());
  }
}

void print_against_bound() {
  constexpr int kSeeds = 2;
  fmt::print("\nrelative to the lower bound, {} classes x {} seeds\n{:<8}", test::instance_classes().size(),
             kSeeds, "jobs");
  for (const ListRule* rule : list_rules()) fmt::print("{:>16}", rule->name);
  fmt::print("{:>10}{:>10}{:>16}\n", "50 ms", "1 s", "proved optimal");
  for (const int n : {10, 30, 100, 300, 1000}) {
    std::vector<std::vector<double>> ratio(list_rules().size() + kSeconds.size());
    int optimal = 0;
    for (const auto& kind : test::instance_classes()) {
      for (std::uint64_t seed = 100; seed < 100 + kSeeds; ++seed) {
        const Instance instance = test::make_instance(kind, n, seed);
        std::vector<Plan> plans;
        for (const ListRule* rule : list_rules()) plans.push_back(list_plan(instance, *rule));
        for (const double seconds : kSeconds) {
          plans.push_back(search_plan(instance, {.seconds = seconds}, ProcessorClock()));
        }
        const double bound = plans.back().lower_bound;
        for (std::size_t i = 0; i < plans.size(); ++i) ratio[i].push_back(plans[i].makespan / bound);
        optimal += plans.back().makespan <= bound;
      }
    }
    fmt::print("{:<8}", n);
    for (std::size_t i = 0; i < list_rules().size(); ++i) fmt::print("{:>16.4f}", mean(ratio[i]));
    for (std::size_t i = list_rules().size(); i < ratio.size(); ++i) fmt::print("{:>10.4f}", mean(ratio[i]));
    fmt::print("{:>10} of {:>2}\n", optimal, ratio.back().size());
  }
}

void print_list_time() {
  constexpr int kRuns = 200;
  std::vector<double> times;
  for (int run = 0; run < kRuns; ++run) {
    const auto& kinds = test::instance_classes();
    const Instance instance =
        test::make_instance(kinds[static_cast<std::size_t>(run) % kinds.size()], 1000, 1);
    const SystemClock clock;
    const double begun = clock.now();
    list_plan(instance, kLargestArea);
    times.push_back(clock.now() - begun);
  }
  fmt::print("\nlist of 1,000 jobs, instance to plan: median {:.3f} ms, 95 % under {:.3f} ms\n",
             1e3 * quantile(times, 0.5), 1e3 * quantile(times, 0.95));
}

void print_flow_shops() {
  fmt::print("\nTaillard's flow shops, mean gap to the best known\n{:<10}{:>8}{:>10}{:>10}{:>10}\n", "",
             "NEH", "50 ms", "1 s", "worst");
  for (std::size_t first = 0; first < test::kTaillard.size(); first += 10) {
    std::array<std::vector<double>, 3> gap;
    for (std::size_t i = first; i < first + 10; ++i) {
      const FlowShop shop = test::make_flow_shop(test::kTaillard[i]);
      const auto percent = [&](Time makespan) {
        return 100 * (static_cast<double>(makespan) / static_cast<double>(test::kTaillard[i].best_known) - 1);
      };
      gap[0].push_back(percent(neh(shop).makespan));
      for (std::size_t s = 0; s < kSeconds.size(); ++s) {
        gap[s + 1].push_back(
            percent(iterated_greedy(shop, {.seconds = kSeconds[s]}, ProcessorClock()).makespan));
      }
    }
    const auto& kind = test::kTaillard[first];
    fmt::print("{:<10}{:>6.2f} %{:>8.2f} %{:>8.2f} %{:>8.2f} %\n",
               fmt::format("{} x {}", kind.jobs, kind.stages), mean(gap[0]), mean(gap[1]), mean(gap[2]),
               std::ranges::max(gap[2]));
  }
}

int run(int argc, char** argv) {
  if (argc == 3 && std::strcmp(argv[1], "--write") == 0) {
    for (const Sample& one : sample())
      write_file(std::filesystem::path(argv[2]) / one.name, to_text(one.instance));
    return 0;
  }
  print_against_cp_sat();
  print_against_bound();
  print_list_time();
  print_flow_shops();
  return 0;
}

}  // namespace
}  // namespace clipmill::schedule

int main(int argc, char** argv) { return clipmill::schedule::run(argc, argv); }
