#include "recipe/bucket_json.h"

#include <array>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/text.h"
#include "core/job_fields.h"
#include "recipe/json_value.h"

namespace clipmill {
namespace {

using nlohmann::json;

constexpr std::array<std::string_view, 3> kKeys = {"size", "frames", "weight"};

Bucket bucket_of(const json& value) {
  if (!value.is_object()) throw input_error(R"(each is a table, as {{ size = "64x64", frames = 17 }})");
  Bucket bucket;
  for (const auto& [key, member] : value.items()) {
    if (key == "size") {
      set_size(bucket, text_of(member));
    } else if (key == "frames") {
      bucket.frames = static_cast<int>(integer_of(member, 1, 4097));
    } else if (key == "weight") {
      bucket.weight = number_of(member, 1e-6, 1e6);
    } else {
      const std::string_view close = nearest(key, kKeys);
      throw input_error(
          "unknown key \"{}\": {}", shorten(key, 60),
          close.empty() ? "there are size, frames and weight" : fmt::format("did you mean \"{}\"?", close));
    }
  }
  return bucket;
}

}  // namespace

/// The same text as a clip's size.
void set_size(Bucket& bucket, const std::string& text) {
  JobSpec clip;
  find_job_field("size")->set(clip, text);
  bucket.width = clip.clip.width;
  bucket.height = clip.clip.height;
}

std::vector<Bucket> buckets_of(const json& value) {
  if (!value.is_array()) throw input_error("must be a list of tables");
  if (value.size() > 64) throw input_error("has {} entries: at most 64", value.size());
  std::vector<Bucket> buckets;
  for (const json& item : value) try {
      buckets.push_back(bucket_of(item));
    } catch (const Error& error) {
      throw input_error("number {}: {}", buckets.size() + 1, error.what());
    }
  return buckets;
}

json buckets_json(const std::vector<Bucket>& buckets) {
  json list = json::array();
  for (const Bucket& bucket : buckets) {
    list.push_back({{"size", fmt::format("{}x{}", bucket.width, bucket.height)},
                    {"frames", bucket.frames},
                    {"weight", bucket.weight}});
  }
  return list;
}

}  // namespace clipmill
