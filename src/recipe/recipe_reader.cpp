#include "recipe/recipe_reader.h"

#include <fmt/ranges.h>

#include "base/text.h"

namespace clipmill {
namespace {

using nlohmann::json;

class SettingsReader {
 public:
  using Take = std::function<void(std::size_t, const json&)>;

  SettingsReader(std::span<const FieldName> names, const Take& take) : names_(names), take_(take) {}

  std::vector<RecipeProblem> read(const json& tree) {
    for (const auto& [key, value] : tree.items()) {
      if (is_section(key)) {
        read_section(key, value);
      } else {
        read_value({"", key}, value);
      }
    }
    return std::move(problems_);
  }

 private:
  bool is_section(std::string_view name) const {
    return std::ranges::any_of(
        names_, [&](const FieldName& each) { return !each.section.empty() && each.section == name; });
  }

  void read_section(std::string_view section, const json& table) {
    if (!table.is_object()) return problem({"", section}, fmt::format("{0} is a table: [{0}]", section));
    for (const auto& [key, value] : table.items()) read_value({section, key}, value);
  }

  void read_value(const FieldName& name, const json& value) try {
    const auto same = [&](const FieldName& each) {
      return each.section == name.section && each.key == name.key;
    };
    const auto found = std::ranges::find_if(names_, same);
    if (found == names_.end()) return problem(name, unknown(name, value));
    take_(static_cast<std::size_t>(found - names_.begin()), value);
  } catch (const Error& error) {
    problem(name, fmt::format("{} {}", name.dotted(), error.what()));
  }

  std::string unknown(const FieldName& name, const json& value) const {
    const bool table = value.is_object() && name.section.empty();
    const std::string what = fmt::format("unknown {} \"{}\"", table ? "table" : "key", shorten(name.key, 60));
    std::vector<std::string_view> here;
    std::vector<std::string> places;  // where a key of this name is known
    for (const FieldName& each : names_) {
      if (!table && each.section == name.section) here.push_back(each.key);
      if (!table && each.section != name.section && each.key == name.key)
        places.push_back(each.section.empty() ? "above the tables" : fmt::format("in [{}]", each.section));
      if (table && !each.section.empty()) here.push_back(each.section);
    }
    if (!places.empty()) return fmt::format("{}: it belongs {}", what, fmt::join(places, " or "));
    const std::string_view close = nearest(name.key, here);
    return close.empty() ? what + (table ? "" : ": clipmill train --keys lists them all")
                         : fmt::format("{}: did you mean \"{}\"?", what, close);
  }

  void problem(const FieldName& name, std::string message) {
    json::json_pointer pointer;
    if (!name.section.empty()) pointer /= std::string(name.section);
    pointer /= std::string(name.key);
    problems_.push_back({pointer.to_string(), std::move(message)});
  }

  std::span<const FieldName> names_;
  const Take& take_;
  std::vector<RecipeProblem> problems_;
};

}  // namespace

std::vector<RecipeProblem> read_settings(const json& tree, std::span<const FieldName> names,
                                         const std::function<void(std::size_t, const json&)>& take) {
  return SettingsReader(names, take).read(tree);
}

}  // namespace clipmill
