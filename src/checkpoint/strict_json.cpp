#include "checkpoint/strict_json.h"

#include <functional>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/text.h"

namespace clipmill {
namespace {

using nlohmann::json;

constexpr int kMaxDepth = 64;

/// Watches the parser: the keys seen in each open object.
class KeyWatcher {
 public:
  explicit KeyWatcher(std::string_view place) : place_(place) {}

  bool operator()(int depth, json::parse_event_t event, const json& parsed) {
    if (depth > kMaxDepth) throw input_error("{}: nested too deeply", place_);
    if (event == json::parse_event_t::object_start) open_.emplace_back();
    if (event == json::parse_event_t::object_end) open_.pop_back();
    if (event == json::parse_event_t::key) see(parsed.get_ref<const std::string&>());
    return true;
  }

 private:
  void see(const std::string& key) {
    if (!open_.back().insert(key).second) {
      throw input_error("{}: \"{}\" appears twice", place_, shorten(key, 200));
    }
  }

  std::string_view place_;
  std::vector<std::set<std::string>> open_;
};

}  // namespace

json parse_strict_json(std::string_view text, std::string_view place) {
  json value;
  KeyWatcher watcher(place);
  try {
    value = json::parse(text, std::ref(watcher));
  } catch (const json::exception& error) {
    throw input_error("{}: not valid JSON: {}", place, error.what());
  }
  if (!value.is_object()) throw input_error("{}: not a JSON object", place);
  return value;
}

}  // namespace clipmill
