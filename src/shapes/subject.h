// What a clip of the small world shows, in words: a {colour} {shape} {motion} on a {background} background.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace clipmill::shapes {

enum class Shape { kCircle, kSquare, kTriangle };
enum class Colour { kRed, kGreen, kBlue, kYellow, kPurple, kCyan };
enum class Motion { kLeft, kRight, kUp, kDown, kGrowing, kShrinking };
enum class Background { kBlack, kWhite, kGray };

inline constexpr std::array<std::string_view, 3> kShapes = {"circle", "square", "triangle"};
inline constexpr std::array<std::string_view, 6> kColours = {"red",    "green",  "blue",
                                                             "yellow", "purple", "cyan"};
inline constexpr std::array<std::string_view, 6> kMotions = {"moving left", "moving right", "moving up",
                                                             "moving down", "growing",      "shrinking"};
inline constexpr std::array<std::string_view, 3> kBackgrounds = {"black", "white", "gray"};

struct Subject {
  Shape shape = Shape::kCircle;
  Colour colour = Colour::kRed;
  Motion motion = Motion::kLeft;
  Background background = Background::kBlack;

  bool operator==(const Subject&) const = default;
};

std::string caption(const Subject& subject);
/// The subject that a caption of this world names; empty for any other text.
std::optional<Subject> subject_of(std::string_view caption);

/// Whether the (shape, colour, motion) is one of the 16 combinations that training never shows, on any
/// background.
bool held_out(const Subject& subject);

/// All 324, in a fixed order.
const std::vector<Subject>& all_subjects();

}  // namespace clipmill::shapes
