#include "shapes/subject.h"

#include <fmt/format.h>

#include <algorithm>

namespace clipmill::shapes {
namespace {

struct Combination {
  Shape shape;
  Colour colour;
  Motion motion;
};

constexpr std::array<Combination, 16> kHeldOut = {{
    {Shape::kCircle, Colour::kBlue, Motion::kUp},
    {Shape::kCircle, Colour::kCyan, Motion::kUp},
    {Shape::kCircle, Colour::kPurple, Motion::kLeft},
    {Shape::kCircle, Colour::kPurple, Motion::kUp},
    {Shape::kCircle, Colour::kRed, Motion::kLeft},
    {Shape::kCircle, Colour::kYellow, Motion::kGrowing},
    {Shape::kSquare, Colour::kCyan, Motion::kRight},
    {Shape::kSquare, Colour::kGreen, Motion::kLeft},
    {Shape::kSquare, Colour::kRed, Motion::kUp},
    {Shape::kSquare, Colour::kYellow, Motion::kDown},
    {Shape::kSquare, Colour::kYellow, Motion::kShrinking},
    {Shape::kTriangle, Colour::kBlue, Motion::kShrinking},
    {Shape::kTriangle, Colour::kGreen, Motion::kLeft},
    {Shape::kTriangle, Colour::kPurple, Motion::kDown},
    {Shape::kTriangle, Colour::kYellow, Motion::kLeft},
    {Shape::kTriangle, Colour::kYellow, Motion::kUp},
}};

template <typename Names, typename Attribute>
std::string_view name_of(const Names& names, Attribute attribute) {
  return names.at(static_cast<std::size_t>(attribute));
}

std::vector<Subject> enumerate_subjects() {
  std::vector<Subject> all;
  all.reserve(kShapes.size() * kColours.size() * kMotions.size() * kBackgrounds.size());
  for (std::size_t shape = 0; shape < kShapes.size(); ++shape)
    for (std::size_t colour = 0; colour < kColours.size(); ++colour)
      for (std::size_t motion = 0; motion < kMotions.size(); ++motion)
        for (std::size_t background = 0; background < kBackgrounds.size(); ++background)
          all.push_back({Shape(shape), Colour(colour), Motion(motion), Background(background)});
  return all;
}

}  // namespace

std::string caption(const Subject& subject) {
  return fmt::format("a {} {} {} on a {} background", name_of(kColours, subject.colour),
                     name_of(kShapes, subject.shape), name_of(kMotions, subject.motion),
                     name_of(kBackgrounds, subject.background));
}

std::optional<Subject> subject_of(std::string_view text) {
  const auto& all = all_subjects();
  const auto found = std::ranges::find_if(all, [&](const Subject& one) { return caption(one) == text; });
  return found == all.end() ? std::nullopt : std::optional(*found);
}

bool held_out(const Subject& subject) {
  return std::ranges::any_of(kHeldOut, [&](const Combination& one) {
    return one.shape == subject.shape && one.colour == subject.colour && one.motion == subject.motion;
  });
}

const std::vector<Subject>& all_subjects() {
  static const std::vector<Subject> all = enumerate_subjects();
  return all;
}

}  // namespace clipmill::shapes
