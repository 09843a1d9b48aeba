#include "shapes/adherence.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

namespace clipmill::shapes {
namespace {

std::string cell(const Proportion& proportion) {
  if (proportion.count == 0) return "-";
  const Interval interval = proportion.interval();
  return fmt::format("{}/{} {:.3f} [{:.3f}, {:.3f}]", proportion.right, proportion.count, proportion.rate(),
                     interval.low, interval.high);
}

std::string row(std::string_view name, const std::array<std::string, kGroups.size()>& cells) {
  return fmt::format("{:<12}{:<32}{:<32}{}\n", name, cells[0], cells[1], cells[2]);
}

nlohmann::ordered_json to_json(const Proportion& proportion) {
  nlohmann::ordered_json json = {
      {"right", proportion.right}, {"count", proportion.count}, {"rate", nullptr}, {"interval", nullptr}};
  if (proportion.count == 0) return json;
  const Interval interval = proportion.interval();
  json["rate"] = proportion.rate();
  json["interval"] = {interval.low, interval.high};
  return json;
}

}  // namespace

void Adherence::add(const Subject& subject, const Match& match) {
  const std::array<bool, kAttributes.size()> right = {match.shape, match.colour, match.motion,
                                                      match.background, match.all()};
  for (const Group group : {Group::kAll, held_out(subject) ? Group::kUnseen : Group::kSeen})
    for (std::size_t attribute = 0; attribute < right.size(); ++attribute)
      groups_[static_cast<std::size_t>(group)][attribute].add(right[attribute]);
}

const Proportion& Adherence::of(Attribute attribute, Group group) const {
  return groups_.at(static_cast<std::size_t>(group)).at(static_cast<std::size_t>(attribute));
}

std::string Adherence::table() const {
  std::string text = row("", {"all", "seen", "unseen"});
  for (std::size_t attribute = 0; attribute < kAttributes.size(); ++attribute)
    text += row(kAttributes[attribute],
                {cell(groups_[0][attribute]), cell(groups_[1][attribute]), cell(groups_[2][attribute])});
  return text;
}

nlohmann::ordered_json Adherence::json() const {
  nlohmann::ordered_json json;
  for (std::size_t group = 0; group < kGroups.size(); ++group)
    for (std::size_t attribute = 0; attribute < kAttributes.size(); ++attribute)
      json[std::string(kGroups[group])][std::string(kAttributes[attribute])] =
          to_json(groups_[group][attribute]);
  return json;
}

}  // namespace clipmill::shapes
