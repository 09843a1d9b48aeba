// Instances of many kinds for tests and benches, the same for a seed.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>

#include "schedule/instance.h"
#include "schedule/random.h"

namespace clipmill::schedule::test {

struct InstanceClass {
  std::string_view name;
  /// Times and demands of one task; V = 1000.
  Task (*task)(Random&);
  /// m for n tasks.
  int (*machines)(Random&, int n);
};

inline constexpr int kCapacity = 1000;

inline double whole(Random& random, int first, int last) { return random.between(first, last); }
inline int some_machines(Random& random, int) { return random.between(3, 10); }

inline const std::array<InstanceClass, 11>& instance_classes() {
  static constexpr std::array<InstanceClass, 11> kAll = {{
      {"uniform",
       [](Random& r) {
         return Task{whole(r, 1, 100), whole(r, 1, 500)};
       },
       some_machines},
      {"any-demand",
       [](Random& r) {
         return Task{whole(r, 1, 100), whole(r, 1, 1000)};
       },
       some_machines},
      {"heavy-tailed",
       [](Random& r) {
         const double time = std::min(2000.0, std::ceil(10 / std::pow(1 - r.uniform(), 1 / 1.3)));
         return Task{time, whole(r, 1, 500)};
       },
       some_machines},
      {"correlated",
       [](Random& r) {
         const double time = whole(r, 1, 100);
         return Task{time, std::clamp(5 * time + whole(r, -100, 100), 1.0, 600.0)};
       },
       some_machines},
      {"anti-correlated",
       [](Random& r) {
         const double time = whole(r, 1, 100);
         return Task{time, std::clamp(600 - 5 * time + whole(r, -100, 100), 1.0, 700.0)};
       },
       some_machines},
      {"few-sizes",
       [](Random& r) {
         constexpr std::array<double, 5> kSizes = {125, 250, 333, 500, 667};
         return Task{whole(r, 10, 200), kSizes[static_cast<std::size_t>(r.below(5))]};
       },
       some_machines},
      {"over-half",
       [](Random& r) {
         return Task{whole(r, 1, 100), r.chance(0.4) ? whole(r, 501, 600) : whole(r, 50, 500)};
       },
       some_machines},
      {"over-third",
       [](Random& r) {
         return Task{whole(r, 1, 100), r.chance(0.5) ? whole(r, 334, 400) : whole(r, 50, 600)};
       },
       some_machines},
      {"tight-machines",
       [](Random& r) {
         return Task{whole(r, 1, 100), whole(r, 1, 400)};
       },
       [](Random& r, int) { return r.between(2, 4); }},
      {"tight-resource",
       [](Random& r) {
         return Task{whole(r, 1, 100), whole(r, 20, 350)};
       },
       [](Random&, int n) { return n; }},
      {"wide-times",
       [](Random& r) {
         return Task{std::round(std::exp(r.uniform() * std::log(5000))), whole(r, 10, 600)};
       },
       some_machines},
  }};
  return kAll;
}

inline Instance make_instance(const InstanceClass& kind, int n, std::uint64_t seed) {
  std::uint64_t mixed = split_mix(seed) ^ split_mix(static_cast<std::uint64_t>(n));
  for (const char c : kind.name) mixed = split_mix(mixed + static_cast<unsigned char>(c));
  Random random(mixed);
  Instance instance{.machines = kind.machines(random, n), .capacity = kCapacity};
  for (int j = 0; j < n; ++j) instance.tasks.push_back(kind.task(random));
  return instance;
}

}  // namespace clipmill::schedule::test
