// A config.json with typed access: what is missing takes the caller's default, what has the wrong type is an
// error that names file and key. Keys that nobody asks for are ignored, as Diffusers does.
#pragma once

#include <cstdint>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace clipmill {

class ConfigFile {
 public:
  /// Throws Error(kInput) if the file is missing or no JSON object.
  static ConfigFile read(const std::filesystem::path& path);
  /// `place` begins every message.
  ConfigFile(nlohmann::json object, std::string place)
      : object_(std::move(object)), place_(std::move(place)) {}

  const std::string& place() const { return place_; }
  /// Present and not null.
  bool has(std::string_view key) const;
  /// Present and null.
  bool is_null(std::string_view key) const { return object_.contains(key) && value(key).is_null(); }
  /// The value itself; null if it is missing.
  const nlohmann::json& value(std::string_view key) const;

  /// 1 … `max`: the bound keeps sizes computed from a hostile file within 64 bits.
  int integer(std::string_view key, int fallback, int max = 1 << 18) const;
  double number(std::string_view key, double fallback) const;
  /// A number > 0.
  double positive(std::string_view key, double fallback) const;
  bool flag(std::string_view key, bool fallback) const;
  std::string text(std::string_view key, std::string_view fallback) const;
  /// Each 1 … `max`.
  std::vector<int> integers(std::string_view key, std::vector<int> fallback, int max = 1 << 18) const;
  std::vector<double> numbers(std::string_view key, std::vector<double> fallback) const;
  std::vector<bool> flags(std::string_view key, std::vector<bool> fallback) const;

  /// "<place>: <key>: <what>"
  Error error(std::string_view key, std::string_view what) const;
  /// Throws unless `_class_name` is missing or `expected`.
  void expect_class(std::string_view expected) const;

 private:
  const nlohmann::json& list(std::string_view key) const;
  Error wrong_type(std::string_view key, std::string_view expected) const;

  nlohmann::json object_;
  std::string place_;
};

}  // namespace clipmill
