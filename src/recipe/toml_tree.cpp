#include "recipe/toml_tree.h"

#include <fmt/format.h>

#include "manifest/toml_depth.h"
#include "manifest/toml_library.h"

namespace clipmill {
namespace {

using nlohmann::json;
using Pointer = json::json_pointer;

class TreeReader {
 public:
  explicit TreeReader(std::vector<Diagnostic>& problems) : problems_(problems) {}

  LocatedJson take(const toml::table& root) {
    tree_.value = table(root, Pointer());
    return std::move(tree_);
  }

 private:
  void place(const Pointer& pointer, const toml::source_region& source) {
    tree_.places[pointer.to_string()] = {
        static_cast<int>(source.begin.line), static_cast<int>(source.begin.column), {}};
  }

  json table(const toml::table& table, const Pointer& pointer) {
    json object = json::object();
    for (const auto& [key, node] : table) {
      const std::string name(key.str());
      place(pointer / name, key.source());
      object[name] = value(node, pointer / name);
    }
    return object;
  }

  json array(const toml::array& array, const Pointer& pointer) {
    json list = json::array();
    for (const toml::node& node : array) {
      const Pointer item = pointer / list.size();
      place(item, node.source());
      list.push_back(value(node, item));
    }
    return list;
  }

  json value(const toml::node& node, const Pointer& pointer) {
    if (const auto* inner = node.as_table()) return table(*inner, pointer);
    if (const auto* list = node.as_array()) return array(*list, pointer);
    if (const auto* text = node.as_string()) return text->get();
    if (const auto* whole = node.as_integer()) return whole->get();
    if (const auto* real = node.as_floating_point()) return real->get();
    if (const auto* flag = node.as_boolean()) return flag->get();
    const toml::source_region& source = node.source();
    problems_.push_back({{},
                         static_cast<int>(source.begin.line),
                         static_cast<int>(source.begin.column),
                         "no setting is a date or time"});
    return nullptr;
  }

  std::vector<Diagnostic>& problems_;
  LocatedJson tree_;
};

}  // namespace

LocatedJson read_toml_tree(std::string_view text, std::vector<Diagnostic>& problems) {
  if (const int line = line_of_deep_key(text)) {
    problems.push_back({{}, line, 0, "a key with too many dots"});
    return {};
  }
  try {
    return TreeReader(problems).take(toml::parse(text));
  } catch (const toml::parse_error& error) {
    const auto& begin = error.source().begin;
    problems.push_back(
        {{}, static_cast<int>(begin.line), static_cast<int>(begin.column), std::string(error.description())});
    return {};
  }
}

nlohmann::json toml_value(std::string_view text) {
  std::vector<Diagnostic> problems;
  const LocatedJson tree = read_toml_tree(fmt::format("value = {}", text), problems);
  const bool one_value = problems.empty() && tree.value.size() == 1 && tree.value.contains("value");
  return one_value ? tree.value.at("value") : json(std::string(text));
}

}  // namespace clipmill
