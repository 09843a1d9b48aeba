// Settings as a tree that remembers where each of them was written.
#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace clipmill {

/// One thing that is wrong with a setting: `pointer` is its JSON pointer, as "/data/buckets/0/size".
struct RecipeProblem {
  std::string pointer;
  std::string message;
};

struct Place {
  int line = 0;  ///< from 1; 0: not in a file
  int column = 0;
  std::string source;  ///< where else than in the file: "--set seed"
};

struct LocatedJson {
  nlohmann::json value = nlohmann::json::object();
  std::map<std::string, Place> places;  ///< by JSON pointer

  /// Of the setting, or of the table it lies in or would lie in.
  Place place_of(std::string pointer) const {
    while (!pointer.empty()) {
      if (const auto found = places.find(pointer); found != places.end()) return found->second;
      pointer.resize(pointer.rfind('/'));
    }
    return {};
  }
  bool has(const std::string& pointer) const { return value.contains(nlohmann::json::json_pointer(pointer)); }
};

}  // namespace clipmill
