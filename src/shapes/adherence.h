// How often clips show what their captions ask for, by attribute, and apart for combinations that training
// never showed.
#pragma once

#include <array>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "shapes/classify.h"
#include "shapes/proportion.h"

namespace clipmill::shapes {

/// What is judged of a clip, kAll being all four at once.
enum class Attribute { kShape, kColour, kMotion, kBackground, kAll };
/// Which clips: all, those of trained combinations, those of held-out ones.
enum class Group { kAll, kSeen, kUnseen };

inline constexpr std::array<std::string_view, 5> kAttributes = {"shape", "colour", "motion", "background",
                                                                "all four"};
inline constexpr std::array<std::string_view, 3> kGroups = {"all", "seen", "unseen"};

/// Adherence adherence;
/// for (…) adherence.add(subject, match(classify(pixels, frames, height, width), subject));
/// fmt::print("{}", adherence.table());
class Adherence {
 public:
  /// `subject` is what was asked for; it decides whether the clip counts as seen or unseen.
  void add(const Subject& subject, const Match& match);

  const Proportion& of(Attribute attribute, Group group = Group::kAll) const;

  /// One line an attribute, one column a group: right/count, rate and interval, a dash where nothing was
  /// counted.
  std::string table() const;
  /// {"all": {"shape": {"right": 62, "count": 64, "rate": 0.969, "interval": [0.893, 0.991]}, …, "all four":
  /// …},
  ///  "seen": …, "unseen": …}; rate and interval are null where nothing was counted.
  nlohmann::ordered_json json() const;

 private:
  std::array<std::array<Proportion, kAttributes.size()>, kGroups.size()> groups_;
};

}  // namespace clipmill::shapes
