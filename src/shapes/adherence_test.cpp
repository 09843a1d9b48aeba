#include "shapes/adherence.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace clipmill::shapes {
namespace {

constexpr Subject kSeen = {Shape::kCircle, Colour::kRed, Motion::kRight, Background::kBlack};
constexpr Subject kUnseen = {Shape::kCircle, Colour::kRed, Motion::kLeft, Background::kBlack};
constexpr Match kRight = {true, true, true, true};

Adherence example() {
  Adherence adherence;
  adherence.add(kSeen, kRight);
  adherence.add(kSeen, {true, true, false, true});
  adherence.add(kSeen, {false, true, true, true});
  adherence.add(kUnseen, {true, false, true, true});
  return adherence;
}

TEST(Adherence, CountsByAttribute) {
  const Adherence adherence = example();
  EXPECT_EQ(adherence.of(Attribute::kShape).right, 3);
  EXPECT_EQ(adherence.of(Attribute::kColour).right, 3);
  EXPECT_EQ(adherence.of(Attribute::kMotion).right, 3);
  EXPECT_EQ(adherence.of(Attribute::kBackground).right, 4);
  EXPECT_EQ(adherence.of(Attribute::kAll).right, 1);
  EXPECT_EQ(adherence.of(Attribute::kAll).count, 4);
}

TEST(Adherence, KeepsHeldOutCombinationsApart) {
  const Adherence adherence = example();
  EXPECT_EQ(adherence.of(Attribute::kAll, Group::kSeen).right, 1);
  EXPECT_EQ(adherence.of(Attribute::kAll, Group::kSeen).count, 3);
  EXPECT_EQ(adherence.of(Attribute::kColour, Group::kSeen).right, 3);
  EXPECT_EQ(adherence.of(Attribute::kColour, Group::kUnseen).right, 0);
  EXPECT_EQ(adherence.of(Attribute::kShape, Group::kUnseen).right, 1);
  EXPECT_EQ(adherence.of(Attribute::kShape, Group::kUnseen).count, 1);
}

TEST(Adherence, IsATable) {
  Adherence adherence;
  for (int i = 0; i < 62; ++i) adherence.add(kSeen, kRight);
  for (int i = 0; i < 2; ++i) adherence.add(kSeen, {false, true, true, true});
  EXPECT_EQ(adherence.table(),
            "            all                             seen                            unseen\n"
            "shape       62/64 0.969 [0.893, 0.991]      62/64 0.969 [0.893, 0.991]      -\n"
            "colour      64/64 1.000 [0.943, 1.000]      64/64 1.000 [0.943, 1.000]      -\n"
            "motion      64/64 1.000 [0.943, 1.000]      64/64 1.000 [0.943, 1.000]      -\n"
            "background  64/64 1.000 [0.943, 1.000]      64/64 1.000 [0.943, 1.000]      -\n"
            "all four    62/64 0.969 [0.893, 0.991]      62/64 0.969 [0.893, 0.991]      -\n");
}

TEST(Adherence, IsJson) {
  Adherence adherence;
  adherence.add(kSeen, {true, true, false, true});
  const auto json = adherence.json();
  EXPECT_EQ(json["seen"]["shape"]["right"], 1);
  EXPECT_EQ(json["seen"]["shape"]["rate"], 1.0);
  EXPECT_EQ(json["all"]["all four"]["right"], 0);
  EXPECT_EQ(json["all"]["all four"]["count"], 1);
  EXPECT_NEAR(json["all"]["motion"]["interval"][1].get<double>(), 0.7935, 1e-4);
  EXPECT_EQ(json["unseen"]["motion"].dump(), R"({"right":0,"count":0,"rate":null,"interval":null})");
}

}  // namespace
}  // namespace clipmill::shapes
