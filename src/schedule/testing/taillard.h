// Taillard's flow shop instances (Benchmarks for basic scheduling problems, EJOR 64, 1993), made by his
// generator.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "schedule/flow_shop.h"

namespace clipmill::schedule::test {

struct TaillardInstance {
  int jobs, stages;
  std::int32_t seed;  ///< as published
  Time best_known;    ///< upper bound as published; for these sizes proved to be optimal
};

/// His Lehmer generator with Schrage's method: 1 … 99.
class TaillardRandom {
 public:
  explicit TaillardRandom(std::int32_t seed) : state_(seed) {}
  Time next() {
    constexpr std::int32_t a = 16807, b = 127773, c = 2836, m = 2147483647;
    state_ = a * (state_ % b) - c * (state_ / b);
    if (state_ < 0) state_ += m;
    return 1 + static_cast<Time>(static_cast<double>(state_) / m * 99);
  }

 private:
  std::int32_t state_;
};

inline FlowShop make_flow_shop(const TaillardInstance& instance) {
  FlowShop shop{instance.jobs, instance.stages,
                std::vector<Time>(static_cast<std::size_t>(instance.jobs * instance.stages))};
  TaillardRandom random(instance.seed);
  for (int stage = 0; stage < shop.stages; ++stage) {
    for (int job = 0; job < shop.jobs; ++job)
      shop.time[static_cast<std::size_t>(job * shop.stages + stage)] = random.next();
  }
  return shop;
}

/// ta001 to ta050
inline constexpr std::array<TaillardInstance, 50> kTaillard = {{
    {20, 5, 873654221, 1278},   {20, 5, 379008056, 1359},   {20, 5, 1866992158, 1081},
    {20, 5, 216771124, 1293},   {20, 5, 495070989, 1235},   {20, 5, 402959317, 1195},
    {20, 5, 1369363414, 1234},  {20, 5, 2021925980, 1206},  {20, 5, 573109518, 1230},
    {20, 5, 88325120, 1108},    {20, 10, 587595453, 1582},  {20, 10, 1401007982, 1659},
    {20, 10, 873136276, 1496},  {20, 10, 268827376, 1377},  {20, 10, 1634173168, 1419},
    {20, 10, 691823909, 1397},  {20, 10, 73807235, 1484},   {20, 10, 1273398721, 1538},
    {20, 10, 2065119309, 1593}, {20, 10, 1672900551, 1591}, {20, 20, 479340445, 2297},
    {20, 20, 268827376, 2099},  {20, 20, 1958948863, 2326}, {20, 20, 918272953, 2223},
    {20, 20, 555010963, 2291},  {20, 20, 2010851491, 2226}, {20, 20, 1519833303, 2273},
    {20, 20, 1748670931, 2200}, {20, 20, 1923497586, 2237}, {20, 20, 1829909967, 2178},
    {50, 5, 1328042058, 2724},  {50, 5, 200382020, 2834},   {50, 5, 496319842, 2621},
    {50, 5, 1203030903, 2751},  {50, 5, 1730708564, 2863},  {50, 5, 450926852, 2829},
    {50, 5, 1303135678, 2725},  {50, 5, 1273398721, 2683},  {50, 5, 587288402, 2552},
    {50, 5, 248421594, 2782},   {50, 10, 1958948863, 2991}, {50, 10, 575633267, 2867},
    {50, 10, 655816003, 2839},  {50, 10, 1977864101, 3063}, {50, 10, 93805469, 2976},
    {50, 10, 1803345551, 3006}, {50, 10, 49612559, 3093},   {50, 10, 1899802599, 3037},
    {50, 10, 2013025619, 2897}, {50, 10, 578962478, 3065},
}};

}  // namespace clipmill::schedule::test
